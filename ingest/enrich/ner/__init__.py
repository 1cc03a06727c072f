"""The bundled model of names: people, places and organisations in many languages, on a CPU (`models/ner-xx`)."""
