"""What a cluster can do, by the modules that it has: managed and cut-down servers lack some of the product's."""

from __future__ import annotations

import dataclasses

import elasticsearch

from ingest.search.elastic.products import Product


def detected(client: elasticsearch.Elasticsearch, product: Product) -> Product:
    """`product` without what the nodes of the cluster have no module for. Asks for the privilege `monitor`."""
    nodes = client.nodes.info(metric="plugins")["nodes"].values()
    modules = {module["name"] for node in nodes for module in node.get("modules", ())}
    return dataclasses.replace(
        product, lifecycle=product.lifecycle and "x-pack-ilm" in modules, percolator=product.percolator and "percolator" in modules
    )
