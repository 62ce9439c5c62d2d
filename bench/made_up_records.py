"""Makes up the stored records of every trial that a plan names, for measurements only.

    fsl-exp plan SPEC --results RESULTS --json | made_up_records.py RESULTS TRIAL

TRIAL is the folder of a finished trial: its record, its key replaced, becomes that of every trial of the plan. Such a record can be
read and tabulated; it is not what the trial would have given.
"""

import json
import os
import sys

results, trial = sys.argv[1:]
with open(os.path.join(trial, "record.json"), encoding="utf-8") as file:
    record = file.read()
own = json.loads(record)["key"]
for planned in json.load(sys.stdin)["trials"]:
    key = planned["key"]
    folder = os.path.join(results, "store", "trials", key[:2], key)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "record.json"), "w", encoding="utf-8") as file:
        file.write(record.replace(own, key))
with open(os.path.join(results, "store", "format"), "w") as file:
    file.write("1\n")
