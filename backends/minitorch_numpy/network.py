class NumpyNetworks:
    pass
