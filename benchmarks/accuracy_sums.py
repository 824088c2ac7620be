SUMS={}
