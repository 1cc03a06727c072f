"""What Kibana is given: data views, saved searches, dashboards, built from `kibana/objects.yaml`."""

from ingest.kibana.objects import kibana_objects

__all__ = ["kibana_objects"]
