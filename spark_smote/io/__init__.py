"""Reading and writing of tables; no old output is lost if a run fails."""
