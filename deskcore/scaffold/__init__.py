"""What ``deskcore plugin new`` writes: a whole plugin with a desk, made from the files in ``template/``."""
