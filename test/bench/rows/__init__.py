"""One module for each row of the table: `measure(stage, report)`."""
