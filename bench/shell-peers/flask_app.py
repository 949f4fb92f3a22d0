# The smallest application of Flask that has something to hold in its shell.
from flask import Flask

app = Flask("portfolio")


@app.shell_context_processor
def context():
    return {"latest": lambda: 42}
