"""What suppliers' files and barcodes say, before anything is made of it."""
