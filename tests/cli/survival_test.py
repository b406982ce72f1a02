"""histoencoder survival as its users see it, beside Kaplan-Meier, log-rank and C written out in Python."""

import csv
import json
import math
import random
import unittest

import harness

ROSSI = harness.SHARED / "oracles" / "rossi.csv"


def patients(count=120, seed=1, clusters=5):
    """A table whose cluster=1 shortens the time; rows are dictionaries of texts."""
    rng = random.Random(seed)
    rows = []
    for i in range(count):
        values = [rng.gauss(0.0, 1.0) for _ in range(clusters)]
        age = round(rng.gauss(60.0, 8.0), 1)
        event = rng.expovariate(0.05 * math.exp(0.9 * values[1] + 0.03 * (age - 60.0)))
        end = rng.expovariate(0.04)
        rows.append({"patient": f"p{i:03}", "months": repr(round(min(event, end), 3)),
                     "dead": str(int(event <= end)), "age": repr(age), "sex": rng.choice(["f", "m"]),
                     "part": "train" if i % 3 else "test",
                     **{f"cluster={j}": repr(round(value, 6)) for j, value in enumerate(values)}})
    return rows


def concordance(rows, risk):
    """Harrell's C of rows with time, event and a risk, pairs of one fold alone."""
    good = pairs = 0.0
    for a in rows:
        for b in rows:
            outlived = a["time"] < b["time"] or (a["time"] == b["time"] and not b["event"] and a is not b)
            if not a["event"] or not outlived or a["fold"] != b["fold"]:
                continue
            pairs += 1.0
            good += 1.0 if risk(a) > risk(b) else 0.5 if risk(a) == risk(b) else 0.0
    return good / pairs


def log_rank(rows):
    difference = variance = 0.0
    for time in {row["time"] for row in rows if row["event"]}:
        at_risk = [row["high"] for row in rows if row["time"] >= time]
        died = [row["high"] for row in rows if row["time"] == time and row["event"]]
        n, d, high = len(at_risk), len(died), sum(at_risk)
        difference += sum(died) - d * high / n
        if n > 1:
            variance += d * (high / n) * (1 - high / n) * (n - d) / (n - 1)
    return difference ** 2 / variance


def kaplan_meier(rows):
    survival, steps = 1.0, []
    for time in sorted({row["time"] for row in rows if row["event"]}):
        at_risk = sum(row["time"] >= time for row in rows)
        died = sum(row["time"] == time and row["event"] for row in rows)
        survival *= 1.0 - died / at_risk
        steps.append((time, at_risk, died, survival))
    return steps


class SurvivalCase(harness.Case):
    def write(self, rows, name="table.csv"):
        with open(self.folder / name, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def survival(self, *words, rc=0, table="table.csv", output="out"):
        return self.run_here("histoencoder", "survival", "--table", table, "-o", output, *words, rc=rc)

    def fit(self, *words, rc=0, **places):
        return self.survival("--time", "months", "--event", "dead", *words, rc=rc, **places)

    def table(self, name, output="out"):
        with open(self.folder / output / name, encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def summary(self, output="out"):
        return json.loads((self.folder / output / "summary.json").read_text())

    def risks(self, evaluation, output="out"):
        return [{"key": row["key"], "fold": row["fold"], "time": float(row["time"]), "event": int(row["event"]),
                 "risk": float(row["log_risk"]), "event_risk": float(row["event_risk"]),
                 "high": int(row["risk_group"] == "high"), "clinical": float(row.get("clinical_log_risk") or 0.0)}
                for row in self.table("risks.csv", output) if row["evaluation"] == evaluation]

    def assert_fails(self, rows, words, pattern, rc=1):
        with self.subTest(pattern=pattern):
            self.write(rows)
            result = self.fit(*words, rc=rc)
            self.assertRegex(result.err, pattern)
            self.assertFalse((self.folder / "out" / "summary.json").exists())


class Fit(SurvivalCase):
    def test_the_figures_are_those_of_its_own_risks(self):
        self.write(patients())

        self.fit("--clinical-columns", "age", "--seed", "3")

        summary = self.summary()
        for evaluation, count in (("test", 60), ("folds", 120)):
            rows = self.risks(evaluation)
            self.assertEqual(len(rows), count)
            figures = summary[evaluation]
            wanted = concordance(rows, lambda row: row["risk"])
            clinical = concordance(rows, lambda row: row["clinical"])
            self.assertAlmostEqual(figures["concordance"]["value"], wanted, places=12)
            self.assertAlmostEqual(figures["clinical_concordance"]["value"], clinical, places=12)
            self.assertAlmostEqual(figures["difference"]["value"], wanted - clinical, places=12)
            self.assertLess(figures["concordance"]["low"], wanted)
            self.assertGreater(figures["concordance"]["high"], wanted)
        test = self.risks("test")
        chi_square = log_rank(test)
        self.assertAlmostEqual(summary["test"]["log_rank"]["chi_square"], chi_square, places=9)
        self.assertAlmostEqual(summary["test"]["log_rank"]["p"], math.erfc(math.sqrt(chi_square / 2)), places=12)
        self.assertNotIn("log_rank", summary["folds"])
        self.assertIn("cluster=1", summary["model"]["kept"])

    def test_survival_curves_are_kaplan_and_meiers(self):
        self.write(patients())

        self.fit("--strata", "sex", "--folds", "0")

        rows = self.risks("test")
        curves = self.table("km.csv")
        self.assertEqual({row["evaluation"] for row in curves}, {"test", "strata"})
        for high, name in ((0, "low risk"), (1, "high risk")):
            found = [row for row in curves if row["curve"] == name]
            self.assertEqual(found[0]["survival"], "1")
            wanted = kaplan_meier([row for row in rows if row["high"] == high])
            self.assertEqual(len(found) - 1, len(wanted))
            for row, (time, at_risk, died, survival) in zip(found[1:], wanted):
                self.assertEqual((float(row["time"]), int(row["at_risk"]), int(row["events"])), (time, at_risk, died))
                self.assertAlmostEqual(float(row["survival"]), survival, places=12)
        strata = [{"time": float(row["months"]), "event": int(row["dead"]), "high": int(row["sex"] == "m")}
                  for row in patients()]
        self.assertAlmostEqual(self.summary()["strata"]["chi_square"], log_rank(strata), places=9)
        self.assertTrue((self.folder / "out" / "km.png").read_bytes().startswith(b"\x89PNG"))

    def test_strata_alone_need_no_covariates(self):
        self.write([{name: value for name, value in row.items() if "=" not in name} for row in patients()])

        result = self.fit("--strata", "sex")

        self.assertRegex(result.err, "sex, 2 values: log-rank p 0?[.]?[0-9]")
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()),
                         ["km.csv", "km.png", "missing.csv", "summary.json"])

    def test_no_file_depends_on_threads_and_the_seed_decides(self):
        self.write(patients())
        for output, words in (("one", ["-j", "1"]), ("three", ["-j", "3"]), ("other", ["-j", "1", "--seed", "9"])):
            self.fit("--clinical-columns", "age", *words, output=output)

        def files(output):
            found = harness.files_below(self.folder / output)
            summary = json.loads(found.pop("summary.json"))
            return {name: content for name, content in found.items()}, \
                {key: value for key, value in summary.items() if key not in ("command_line", "options")}

        self.assertEqual(files("one"), files("three"))
        self.assertNotEqual(files("one")[0]["risks.csv"], files("other")[0]["risks.csv"])

    def test_a_split_is_kept_to(self):
        rows = patients()
        self.write(rows)

        self.fit("--split", "part")

        self.assertEqual({row["key"] for row in self.risks("test")},
                         {row["patient"] for row in rows if row["part"] == "test"})
        self.assertEqual({row["evaluation"] for row in self.table("risks.csv")}, {"test"})
        self.assertEqual(self.summary()["model"]["patients"], 80)

    def test_a_patient_in_train_and_test_is_refused(self):
        rows = patients()
        for i, row in enumerate(rows):
            row["who"] = "w" + str(i // 2)

        self.assert_fails(rows, ["--split", "part", "--group", "who"], r"w\d+.*(both|train)|both.*w\d+")

    def test_blank_strata_are_in_no_curve_and_leave_no_line_out(self):
        self.write([{**row, "sex": "" if i < 25 else row["sex"]} for i, row in enumerate(patients())])

        result = self.fit("--strata", "sex", "--folds", "0")

        self.assertIn("25 patients without sex are in none of its curves", result.err)
        self.assertNotIn("left out", result.err)
        summary = self.summary()
        self.assertEqual((summary["patients"], summary["left_out"], summary["strata"]["without"]), (120, 0, 25))
        wanted = [sum(row["sex"] == sex for row in patients()[25:]) for sex in ("f", "m")]
        self.assertEqual(summary["strata"]["patients"], wanted)
        self.assertEqual(len([row for row in self.table("missing.csv") if row["column"] == "sex"]), 25)

    @unittest.skipUnless(ROSSI.exists(), "the test data has no rossi.csv")
    def test_the_plain_model_has_the_coefficients_that_are_published(self):
        with open(ROSSI, encoding="utf-8") as file:
            rows = [{"id": str(i), **row} for i, row in enumerate(csv.DictReader(file))]
        self.write(rows)
        names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"]

        self.survival("--key", "id", "--time", "week", "--event", "arrest", "--clinical-columns", *names)

        found = {row["column"]: row for row in self.table("coefficients.csv")}
        wanted = {"fin": (-0.379422, 0.191379), "age": (-0.057438, 0.021999), "race": (0.313900, 0.307993),
                  "wexp": (-0.149796, 0.212224), "mar": (-0.433704, 0.381868), "paro": (-0.084871, 0.195757),
                  "prio": (0.091497, 0.028649)}
        for name, (coefficient, error) in wanted.items():
            self.assertAlmostEqual(float(found[name]["coefficient"]), coefficient, places=6)
            self.assertAlmostEqual(float(found[name]["standard_error"]), error, places=6)
        self.assertAlmostEqual(self.summary()["model"]["log_likelihood"], -658.747659, places=6)


class Apply(SurvivalCase):
    def setUp(self):
        super().setUp()
        self.write(patients())
        self.fit("--clinical-columns", "age", output="model")

    def test_risks_of_others_are_the_models(self):
        others = [{**row, "patient": "n" + row["patient"]} for row in patients(seed=2)]
        self.write(others, "new.csv")

        self.survival("--apply", "model/model.h5", table="new.csv")

        coefficients = {row["column"]: float(row["coefficient"]) for row in self.table("coefficients.csv", "model")
                        if row["kept"] == "1"}
        sums = {row["patient"]: sum(weight * float(row[name]) for name, weight in coefficients.items())
                for row in others}
        rows = self.risks("apply")
        self.assertEqual(len(rows), 120)
        shift = rows[0]["risk"] - sums[rows[0]["key"]]
        for row in rows:
            self.assertAlmostEqual(row["risk"], sums[row["key"]] + shift, places=9)
        figures = self.summary()["test"]
        self.assertAlmostEqual(figures["concordance"]["value"], concordance(rows, lambda row: row["risk"]), places=12)
        self.assertAlmostEqual(figures["log_rank"]["chi_square"], log_rank(rows), places=9)
        self.assertGreater(figures["concordance"]["value"], 0.6)

    def test_without_times_there_are_risks_alone(self):
        self.write([{name: value for name, value in row.items() if name not in ("months", "dead")}
                    for row in patients(seed=2)], "new.csv")

        self.survival("--apply", "model/model.h5", table="new.csv")

        self.assertEqual(len(self.table("risks.csv")), 120)
        self.assertRegex(" ".join(self.summary()["messages"]), "has no times")
        self.assertFalse((self.folder / "out" / "km.csv").exists())

    def test_patients_without_an_outcome_have_a_risk_and_are_not_judged(self):
        others = [{**row, "patient": "n" + row["patient"]} for row in patients(seed=2)]
        for i, name in ((3, "months"), (4, "months"), (4, "dead"), (9, "dead")):
            others[i] = {**others[i], name: ""}
        self.write(others, "new.csv")

        result = self.survival("--apply", "model/model.h5", table="new.csv")

        self.assertIn("3 patients of 120 without both of months and dead", result.err)
        self.assertNotIn("left out", result.err)
        table = self.table("risks.csv")
        self.assertEqual(len(table), 120)
        self.assertTrue(all(row["log_risk"] for row in table))
        self.assertEqual([row["key"] for row in table if not row["time"]], ["np003", "np004", "np009"])
        self.assertEqual([row["key"] for row in table if not row["event"]], ["np003", "np004", "np009"])
        judged = [{"time": float(row["time"]), "event": int(row["event"]), "fold": "0",
                   "risk": float(row["log_risk"]), "high": int(row["risk_group"] == "high")}
                  for row in table if row["time"]]
        summary = self.summary()
        self.assertEqual((summary["patients"], summary["without_outcome"], summary["left_out"]), (120, 3, 0))
        self.assertEqual(summary["test"]["patients"], 117)
        wanted = concordance(judged, lambda row: row["risk"])
        self.assertAlmostEqual(summary["test"]["concordance"]["value"], wanted, places=12)
        self.assertAlmostEqual(summary["test"]["log_rank"]["chi_square"], log_rank(judged), places=9)

    def test_without_any_outcome_there_are_risks_alone(self):
        others = patients(seed=2)
        for rows, pattern in (([{name: value for name, value in row.items() if name != "dead"} for row in others],
                               "the table has not both of months and dead"),
                              ([{**row, "dead": ""} for row in others], "no patient has both of months and dead")):
            self.write(rows, "new.csv")
            result = self.survival("--apply", "model/model.h5", "--overwrite", table="new.csv")
            self.assertIn(pattern, result.err)
            self.assertEqual(len(self.table("risks.csv")), 120)
            self.assertFalse((self.folder / "out" / "km.csv").exists())

    def test_patients_are_known_by_the_group_that_the_model_was_fitted_with(self):
        rows = [{**row, "who": "w" + str(i // 2)} for i, row in enumerate(patients())]
        self.write(rows)
        self.fit("--group", "who", output="grouped")
        others = [{**row, "patient": "n" + row["patient"]} for row in rows]

        self.write(others, "new.csv")
        result = self.survival("--apply", "grouped/model.h5", table="new.csv", rc=1)
        self.assertRegex(result.err, r"patient\) w\d+ and 59 more would be both learnt from and tried on")
        self.write([{name: value for name, value in row.items() if name != "who"} for row in others], "new.csv")
        result = self.survival("--apply", "grouped/model.h5", table="new.csv")
        self.assertIn("no --group: whether a patient", result.err)
        self.write([{**row, "who": "v" + row["who"]} for row in others], "new.csv")
        result = self.survival("--apply", "grouped/model.h5", "--overwrite", table="new.csv")
        self.assertNotIn("no --group", result.err)
        self.assertEqual(self.summary()["group_column"], "who")

    def test_what_does_not_fit_is_refused(self):
        self.assertRegex(self.survival("--apply", "model/model.h5", rc=1).err, "p000")
        self.write([{name: value for name, value in row.items() if name != "age"} for row in patients(seed=2)],
                   "new.csv")
        result = self.survival("--apply", "model/model.h5", table="new.csv", rc=1)
        self.assertRegex(result.err, "new.csv: has no column age, which the model of model/model.h5 needs")
        result = self.survival("--apply", "model/model.h5", "--folds", "3", rc=2)
        self.assertRegex(result.err, "--folds says how a model is found, and --apply takes that of a file")
        self.assertRegex(self.survival("--apply", "table.csv", rc=1).err, "table.csv")


class Degenerate(SurvivalCase):
    def changed(self, **columns):
        return [{**row, **{name: value(i) for name, value in columns.items()}} for i, row in enumerate(patients())]

    def test_tables_that_cannot_be_read(self):
        rows = patients()
        for column, value, pattern in (
                ("patient", "", "line 2, column patient: is empty"),
                ("patient", "p007", "line 9, column patient: 'p007' stands in line 2 already"),
                ("dead", "yes", "line 2, column dead: 'yes' is neither 1.*nor 0"),
                ("dead", "2", "line 2, column dead: '2' is neither 1.*nor 0"),
                ("months", "-3", "line 2, column months: a time must be at least 0, got -3"),
                ("months", "inf", "line 2, column months: 'inf' is not finite"),
                ("cluster=0", "many", "line 2, column cluster=0: 'many' is no number")):
            self.assert_fails([{**rows[0], column: value}, *rows[1:]], [], pattern)
        self.assert_fails(rows, ["--clinical-columns", "stage"], "stage")
        self.assert_fails(rows, ["--cluster-columns", "share=*"], r"--cluster-columns 'share=\*' names no column", rc=2)
        self.assert_fails(rows, ["--key", "name"], "name")
        self.assert_fails(rows, ["--strata", "age"], r"--strata age has \d+ values, and from 2 to 20")
        self.assert_fails(rows, ["--split", "sex"], "column sex: '.' is neither train, test nor empty")
        self.assert_fails([{name: value for name, value in row.items() if "=" not in name} for row in rows], [],
                          "neither --clinical-columns nor --strata is given", rc=2)

    def test_patients_that_say_nothing(self):
        self.assert_fails(self.changed(dead=lambda i: "0"), [], "no patient of 120 had the event")
        self.assert_fails(patients()[:1], [], r"table\.csv has 1 patient, and at least 2 are needed")
        self.assert_fails(patients()[:2], ["--penalty", "0"],
                          r"table\.csv, the training half: the Cox model was given 1 patient")
        self.assert_fails(patients()[:4], [], r"table\.csv, the training half: .*are too few to choose the penalty by cross-validation .*--penalty gives it")
        self.assert_fails(self.changed(months=lambda i: ""), [], "no patient has all of the columns; months is missing")
        self.assert_fails(self.changed(months=lambda i: "0"), [], "events lie at the time 0")

    def test_missing_values_are_listed_and_their_patients_left_out(self):
        self.write(self.changed(age=lambda i: "" if i == 4 else "61.5" if i % 2 else "55",
                                **{"cluster=2": lambda i: "NA" if i in (4, 7) else str(i % 5)}))

        result = self.fit("--clinical-columns", "age")

        self.assertIn("2 lines of 120 left out", result.err)
        self.assertEqual([(row["key"], row["column"]) for row in self.table("missing.csv")],
                         [("p004", "age"), ("p004", "cluster=2"), ("p007", "cluster=2")])
        self.assertEqual((self.summary()["patients"], self.summary()["left_out"]), (118, 2))

    def test_every_patient_with_the_event(self):
        self.write(self.changed(dead=lambda i: "1"))

        self.fit()

        self.assertEqual(self.summary()["events"], 120)

    def test_one_time_for_all(self):
        self.write(self.changed(months=lambda i: "12"))

        self.fit()

        self.assertEqual(len([row for row in self.table("km.csv") if row["evaluation"] == "folds"]), 4)

    def test_constant_columns(self):
        self.write(self.changed(age=lambda i: "60", **{f"cluster={j}": lambda i: "0.5" for j in range(5)}))

        result = self.fit("--clinical-columns", "age")

        self.assertIn("no cluster column varies among these patients, so none was kept", result.err)
        self.assertIn("fitted with a ridge penalty", result.err)
        self.assertIn("nothing to compare", " ".join(self.summary()["messages"]))
        self.assertEqual(self.summary()["model"]["kept"], [])
        self.assertIsNone(self.summary()["test"]["log_rank"]["p"])

    def test_a_column_that_separates(self):
        self.write(self.changed(months=lambda i: str(1 + i), dead=lambda i: "1",
                                age=lambda i: "1" if i < 60 else "0"))

        result = self.fit("--clinical-columns", "age")

        self.assertIn("fitted with a ridge penalty", result.err)
        self.assertFalse(self.summary()["model"]["plain"])
        self.assertGreater(self.summary()["folds"]["concordance"]["value"], 0.7)

    def test_collinear_columns_are_fitted_with_a_ridge(self):
        self.write(self.changed(age=lambda i: str(i % 7), size=lambda i: str(2 * (i % 7))))

        result = self.fit("--clinical-columns", "age", "size")

        self.assertRegex(result.err, r"the model of age \(covariate 0\), size \(covariate 1\): .*collinear")

    def test_follow_ups_of_nothing(self):
        self.write(self.changed(months=lambda i: "0" if i < 5 else str(i), dead=lambda i: str(int(i < 2 or i % 2))))

        self.assertIn("2 patients with a follow-up of 0 and no event", self.fit().err)

    def test_a_horizon_beyond_the_follow_up_is_warned_of(self):
        self.write(patients())

        self.assertRegex(self.fit("--horizon", "100000").err, "warning: .*decision curve, test: .*the follow-up ends at")

    def test_columns_that_can_be_no_covariates(self):
        rows = [{**row, "who": str(i // 2)} for i, row in enumerate(patients())]
        words = ["--group", "who", "--split", "part", "--strata", "sex"]
        for option, column in (("--time", "months"), ("--event", "dead"), ("--key", "patient"), ("--group", "who"),
                               ("--split", "part"), ("--strata", "sex")):
            self.assert_fails(rows, [*words, "--clinical-columns", "age", column],
                              f"--clinical-columns names {column}, which is the column of {option}", rc=2)
        self.assert_fails(rows, ["--clinical-columns", "age", "age"], "--clinical-columns names age twice", rc=2)

    def test_results_that_are_there_stay_unless_asked_for(self):
        self.write(patients())
        self.fit()

        self.assertIn("--overwrite", self.fit(rc=1).err)
        self.fit("--overwrite")

    def test_options_out_of_range(self):
        self.write(patients())
        for words, pattern in ((["--folds", "1"], "--folds must be 0 or at least 2, got 1"),
                               (["--inner-folds", "1"], "--inner-folds must be at least 2, got 1"),
                               (["--penalty", "-1"], "--penalty must be at least 0, got -1"),
                               (["--l1-ratio", "2"], r"--l1-ratio must lie in \[0, 1\], got 2"),
                               (["--horizon", "0"], "--horizon must be above 0, got 0"),
                               (["--bootstrap", "0"], "--bootstrap must be at least 1, got 0"),
                               (["--confidence", "1"], r"--confidence must lie in \(0, 1\), got 1")):
            self.assertRegex(self.fit(*words, rc=2).err, pattern)
        self.assertIn("--time and --event must be given", self.survival(rc=2).err)
        self.assertIn("--folds draws folds of all patients", self.fit("--split", "part", "--folds", "3", rc=2).err)


if __name__ == "__main__":
    harness.main()
