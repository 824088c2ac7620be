"""PyTorch's own test database, `op_db`, run on minitorch: what ../test_opinfo.py is made of."""
