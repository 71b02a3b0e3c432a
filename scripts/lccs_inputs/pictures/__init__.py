"""Pictures of what a run made, and the PNG writing behind them."""
