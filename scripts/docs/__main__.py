"""Check all documents and say what is wrong with them; ends with 1 if anything is."""

import sys

import click

from scripts.docs import documents, examples, references, tables


def main() -> int:
    """Run every check."""
    every = documents.every()
    told = list(tables.problems())
    count = 0
    for document in every:
        told += references.broken_links(document)
        told += references.broken_mentions(document)
        told += examples.failures(document)
        count += sum(1 for _ in document.examples())
    for problem in told:
        click.echo(problem, err=True)
    if told:
        return 1
    click.echo(f"{len(every)} documents are in step with the code; {count} examples ran.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
