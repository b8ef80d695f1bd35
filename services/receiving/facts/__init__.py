"""Facts of suppliers' files and barcodes, before anything is decided about them."""
