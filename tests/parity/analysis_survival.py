#!/usr/bin/env python3
"""Are survival curves, tests and Cox models those of lifelines, statsmodels and scikit-survival?

    cmake --build build/release --target analysis_survival_numbers
    python3 tests/parity/analysis_survival.py build/release/bin/analysis_survival_numbers [HISTOENCODER]

Needs lifelines, statsmodels and scikit-survival. Four data sets that lifelines brings along: gbsg2 (breast cancer),
lung, kidney_transplant and larynx. Each figure is compared number by number; what is shown is the largest difference
over the largest of their numbers, and the tolerance that it is held to. Coefficients of lifelines and scikit-survival
are as far off as they stop early: lifelines' optimiser asks for 1e-7 in the likelihood, coordinate descent for its own
change. For the penalised fits their gradients are shown too, since at the optimum ours must be the smaller.

With the program the verb `survival` is run on the same tables: fitted on every other patient, tried on the others.
"""
import argparse
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from lifelines import CoxPHFitter, KaplanMeierFitter, datasets
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import concordance_index, median_survival_times
from sksurv.linear_model import CoxnetSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.util import Surv

warnings.filterwarnings("ignore")


def tables():
    """Name, times, events, a group from 0 and covariates."""
    g = datasets.load_gbsg2()
    covariates = pd.DataFrame({"horm": g.horTh == "yes", "age": g.age, "meno": g.menostat == "Post", "size": g.tsize,
                               "grade2": g.tgrade == "II", "grade3": g.tgrade == "III", "nodes": g.pnodes,
                               "progrec": g.progrec, "estrec": g.estrec})  # fmt: skip
    yield "gbsg2", g.time, g.cens, g.tgrade.map({"I": 0, "II": 1, "III": 2}), covariates
    lung = datasets.load_lung().dropna()
    yield "lung", lung.time, lung.status, lung.sex - 1, lung.drop(columns=["inst", "time", "status"])
    kidney = datasets.load_kidney_transplant()
    yield "kidney", kidney.time, kidney.death, kidney.black_male, kidney.drop(columns=["time", "death"])
    larynx = datasets.load_larynx()
    stage = larynx.Stage_II + 2 * larynx.Stage_III + 3 * larynx.Stage_IV
    yield "larynx", larynx.time, larynx.death, stage, larynx.drop(columns=["time", "death"])


class Report:
    def __init__(self):
        self.good = True

    def compare(self, name, package, theirs, ours, tolerance):
        theirs, ours = np.atleast_1d(np.asarray(theirs, float)), np.atleast_1d(np.asarray(ours, float))
        known = ~np.isnan(ours)
        scale = max(1e-300, np.abs(theirs[known]).max())
        difference = np.abs(theirs - ours)[known].max() / scale if theirs.shape == ours.shape else np.inf
        good = difference <= tolerance
        self.good &= bool(good)
        print(f"{'ok  ' if good else 'FAIL'} {name:34} {package:16} {theirs[0]:14.9g} {ours[0]:14.9g} "
              f"{len(theirs):4} numbers {difference:8.1e} <= {tolerance:.0e}")  # fmt: skip


def numbers(driver, table):
    lines = subprocess.run([driver, table], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[0]: np.array([float(word) for word in line.split()[1:]]) for line in lines}


def gradient(beta, covariates, times, events, penalty, l1_ratio):
    """How far b is from the elastic net's optimum, on standardised covariates: Breslow's ties."""
    deviations = covariates.std(axis=0, ddof=1)
    z, b = (covariates - covariates.mean(axis=0)) / deviations, beta * deviations
    weights, slope = np.exp(z @ b), np.zeros(len(b))
    for i in np.flatnonzero(events):
        at_risk = times >= times[i]
        slope -= z[i] - weights[at_risk] @ z[at_risk] / weights[at_risk].sum()
    slope = slope / len(times) + penalty * (1 - l1_ratio) * b
    return max(abs(s + penalty * l1_ratio * np.sign(x)) if x != 0 else max(0.0, abs(s) - penalty * l1_ratio)
               for s, x in zip(slope, b))  # fmt: skip


def compare_curves(report, name, frame, group, ours):
    curve = KaplanMeierFitter().fit(frame["T"], frame["E"])
    bounds = curve.confidence_interval_.loc[ours["km_times"]]
    report.compare(f"{name}: Kaplan-Meier", "lifelines", curve.survival_function_.iloc[:, 0].loc[ours["km_times"]],
                   ours["km"], 1e-12)  # fmt: skip
    report.compare(f"{name}: its lower bounds", "lifelines", bounds.iloc[:, 0], ours["km_lower"], 1e-12)
    report.compare(f"{name}: its upper bounds", "lifelines", bounds.iloc[:, 1], ours["km_upper"], 1e-12)
    median = median_survival_times(curve.survival_function_)
    if np.isfinite(median):
        report.compare(f"{name}: its median", "lifelines", median, ours["km_median"], 0)
    test = multivariate_logrank_test(frame["T"], group, frame["E"])
    report.compare(f"{name}: log-rank chi2, p", "lifelines", [test.test_statistic, test.p_value], ours["log_rank"], 1e-11)


def compare_fits(report, name, frame, covariates, ours):
    for ties in ("efron", "breslow"):
        fit = sm.PHReg(frame["T"], covariates, status=frame["E"], ties=ties).fit()
        report.compare(f"{name}: Cox, {ties}, b", "statsmodels", fit.params, ours[ties + "_b"], 1e-10)
        report.compare(f"{name}: its standard errors", "statsmodels", fit.bse, ours[ties + "_se"], 1e-10)
        report.compare(f"{name}: its p", "statsmodels", fit.pvalues, ours[ties + "_p"], 1e-9)
        report.compare(f"{name}: its log-likelihood", "statsmodels", fit.llf, ours[ties + "_ll"][0], 1e-12)
    fit = CoxPHFitter().fit(frame, "T", "E", fit_options={"precision": 1e-12})
    report.compare(f"{name}: Cox, efron, b", "lifelines", fit.params_, ours["efron_b"], 2e-5)
    report.compare(f"{name}: its log-likelihoods", "lifelines", [fit.log_likelihood_, fit._ll_null_], ours["efron_ll"],
                   1e-9)  # fmt: skip
    report.compare(f"{name}: its likelihood ratio's p", "lifelines", fit.log_likelihood_ratio_test().p_value,
                   ours["efron_lr_p"], 1e-8)  # fmt: skip
    hazards = fit.baseline_cumulative_hazard_.iloc[:, 0].loc[ours["efron_hazard_times"]]
    report.compare(f"{name}: its baseline hazard", "lifelines", hazards, ours["efron_hazards"], 2e-5)
    survival = fit.predict_survival_function(covariates).loc[: ours["efron_horizon"][0]].iloc[-1]
    report.compare(f"{name}: risks by the median time", "lifelines", 1 - survival, ours["efron_risks"], 2e-5)
    report.compare(f"{name}: C-index", "lifelines", fit.concordance_index_, ours["efron_c"], 1e-12)
    pairs = concordance_index_censored(frame["E"].astype(bool), frame["T"], covariates @ ours["efron_b"])
    report.compare(f"{name}: C-index", "scikit-survival", pairs[0], ours["efron_c"], 2e-3)


def compare_penalised(report, name, frame, covariates, ours):
    for penalty in ("0.1", "0.01"):
        fit = CoxPHFitter(penalizer=float(penalty), l1_ratio=0).fit(frame, "T", "E", fit_options={"precision": 1e-12})
        report.compare(f"{name}: ridge, {penalty}, b", "lifelines", fit.params_, ours["ridge_" + penalty], 2e-5)
    times, events, x = frame["T"].values, frame["E"].values, covariates.values
    deviations = x.std(axis=0, ddof=1)
    outcome = Surv.from_arrays(events.astype(bool), times)
    for part in ("0.5", "0.1"):
        for l1_ratio in ("1", "0.5"):
            penalty = float(part) * ours["largest_penalty"][0]
            fit = CoxnetSurvivalAnalysis(l1_ratio=float(l1_ratio), alphas=[penalty], tol=1e-13, max_iter=10**6)
            theirs = fit.fit((x - x.mean(axis=0)) / deviations, outcome).coef_[:, 0] / deviations
            key = f"net_{l1_ratio}_{part}"
            report.compare(f"{name}: net, a = {l1_ratio}, {part} of most", "scikit-survival", theirs, ours[key], 5e-5)
            left = [gradient(b, x, times, events, penalty, float(l1_ratio)) for b in (theirs, ours[key])]
            good = left[1] <= max(1e-10, left[0])
            report.good &= bool(good)
            print(f"{'ok  ' if good else 'FAIL'} {name}: gradient left, theirs {left[0]:.1e}, ours {left[1]:.1e}")


def compare_verb(report, name, program, frame, group, covariates, folder):
    """The verb on every other patient, all covariates clinical, tried on the others, and the groups as strata."""
    columns = list(covariates.columns)
    table = frame.assign(patient=[f"p{i}" for i in range(len(frame))], stratum=group.map(lambda each: f"g{each}"),
                         part=np.where(np.arange(len(frame)) % 2 == 0, "train", "test"))  # fmt: skip
    table.to_csv(folder / "table.csv", index=False, float_format="%.17g")
    subprocess.run([program, "survival", "--quiet", "--table", folder / "table.csv", "--time", "T", "--event", "E",
                    "--clinical-columns", *columns, "--split", "part", "--strata", "stratum", "--bootstrap", "10",
                    "-o", folder / "out", "-z"], check=True)  # fmt: skip
    train, test = table[table.part == "train"], table[table.part == "test"]
    fit = sm.PHReg(train["T"], train[columns], status=train["E"], ties="efron").fit()
    found = pd.read_csv(folder / "out" / "coefficients.csv").set_index("column").loc[columns]
    report.compare(f"{name}: verb, half, b", "statsmodels", fit.params, found["coefficient"], 1e-9)
    report.compare(f"{name}: its standard errors", "statsmodels", fit.bse, found["standard_error"], 1e-9)
    report.compare(f"{name}: its p", "statsmodels", fit.pvalues, found["p"], 1e-8)
    risks = pd.read_csv(folder / "out" / "risks.csv").set_index("key").loc[test["patient"]]
    summary = json.loads((folder / "out" / "summary.json").read_text())
    theirs = test[columns] @ fit.params
    report.compare(f"{name}: verb, other half, risks", "statsmodels", theirs - theirs.mean(),
                   risks["log_risk"] - risks["log_risk"].mean(), 1e-9)  # fmt: skip
    half = CoxPHFitter().fit(train[["T", "E", *columns]], "T", "E", fit_options={"precision": 1e-12})
    # At times of its own it interpolates between the steps.
    survival = half.predict_survival_function(test[columns]).loc[: summary["horizon"]].iloc[-1]
    report.compare(f"{name}: verb, risks by the horizon", "lifelines", 1 - survival, risks["event_risk"], 2e-5)
    report.compare(f"{name}: verb, other half, C-index", "lifelines", concordance_index(test["T"], -theirs, test["E"]),
                   summary["test"]["concordance"]["value"], 1e-12)  # fmt: skip
    curves = pd.read_csv(folder / "out" / "km.csv")
    curves = curves[curves.evaluation == curves.evaluation.iloc[0]]
    of_strata = [curves[curves["curve"] == stratum] for stratum in sorted(set(table.stratum))]
    theirs = [KaplanMeierFitter().fit(some["T"], some["E"]).survival_function_.iloc[:, 0].loc[curve.time]
              for curve, (_, some) in zip(of_strata, table.groupby("stratum"))]  # fmt: skip
    report.compare(f"{name}: verb, strata, Kaplan-Meier", "lifelines", np.concatenate(theirs),
                   np.concatenate([curve.survival for curve in of_strata]), 1e-12)  # fmt: skip
    test = multivariate_logrank_test(table["T"], table["stratum"], table["E"])
    report.compare(f"{name}: verb, strata, log-rank p", "lifelines", test.p_value,
                   summary["strata"]["p"], 1e-9)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("driver")
    parser.add_argument("program", nargs="?")
    options = parser.parse_args()
    print("with", ", ".join(f"{name} {importlib.metadata.version(name)}" for name in
                            ("lifelines", "statsmodels", "scikit-survival", "numpy")))  # fmt: skip
    print(f"     {'figure':34} {'package':16} {'theirs':>14} {'ours':>14}   (the first number)")
    report = Report()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, times, events, group, covariates in tables():
            covariates = covariates.astype(float)
            frame = pd.concat([times.rename("T").astype(float), events.rename("E").astype(int), covariates], axis=1)
            whole = frame.copy()
            whole.insert(2, "group", group.astype(int))
            whole.to_csv(folder / "patients.csv", index=False, float_format="%.17g")
            ours = numbers(options.driver, folder / "patients.csv")
            compare_curves(report, name, frame, group, ours)
            compare_fits(report, name, frame, covariates, ours)
            compare_penalised(report, name, frame, covariates, ours)
            if options.program:
                compare_verb(report, name, options.program, frame, group.astype(int), covariates, folder)
    sys.exit(0 if report.good else 1)


if __name__ == "__main__":
    main()
