"""What other software reads, written from what the library itself runs on."""
