"""Training as a program: `python -m ml_assets.train FOLDER` answers a work order, on whatever machine it is started."""
