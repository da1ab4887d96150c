"""会费: a month's payroll matched to the roll, and the 2 % that the firm owes."""
