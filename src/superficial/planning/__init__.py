"""What a run on real models takes, computed from its profile before anything is downloaded.

One module for each part of the workflow returns a `CallPlan` for each call of its stages; `plan` puts them in order.
"""
