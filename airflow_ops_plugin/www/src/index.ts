/** What Airflow's UI loads: it looks up each page by the name that `plugin.py` gives it. */
import { OperationsPage } from "./OperationsPage";
import { WhoDoesWhat } from "./run/WhoDoesWhat";

Object.assign(globalThis, { Operations: OperationsPage, "Who does what": WhoDoesWhat });
