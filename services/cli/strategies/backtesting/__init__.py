"""What `egard strategy backtest` is made of."""
