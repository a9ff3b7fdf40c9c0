#!/usr/bin/env python3
"""Manifests with the columns and the size of BRSET and of SatelliteBench, filled with made-up values.

    tools/make_prompt_sets.py FOLDER

Writes FOLDER/brset.csv (16,266 photos of 8,524 patients), FOLDER/satellitebench.csv (10 cities, 156 weeks) and, beside
each, a .prompt file: BRSET's fields in the order that was published, and only those that are known before the
photo is read. Nothing in them is anybody's: they show how many tokens such prompts have in common
(`puente embed --plan`), and what holds for the real ones is close but not the same.
"""
import argparse
import csv
import pathlib
import random

PHOTOS, PATIENTS = 16266, 8524
FINDINGS = {  # share of photos
    "macular_edema": .025, "scar": .017, "nevus": .008, "amd": .023, "vascular_occlusion": .006,
    "drusens": .17, "hemorrhage": .006, "retinal_detachment": .0005, "myopic_fundus": .016,
    "increased_cup_disc": .2, "other": .05,
}
COMORBIDITIES = ["", "hypertension", "diabetes", "diabetes and hypertension", "dyslipidemia",
                 "hypothyroidism", "hypertension and dyslipidemia"]
BEFORE = ("Eye: {exam_eye|1=right,2=left}. Sex: {patient_sex|1=male,2=female}. Age: {patient_age|int|unknown}. "
          "Comorbidities: {comorbidities|none}. Diabetes for {diabetes_time_y|int|no} years. Insulin: {insuline|no}.")
READING = (" Optic disc: {optic_disc|1=normal,2=abnormal}. Vessels: {vessels|1=normal,2=abnormal}."
           " Macula: {macula|1=normal,2=abnormal}." +
           "".join(f" {name.replace('_', ' ').capitalize()}: {{{name}|0=absent,1=present}}."
                   for name in FINDINGS))
CITY = ("City: {city}. Aged 0 to 4: {aged_0_4} %. Aged 5 to 14: {aged_5_14} %. Afro-Colombian: {afro} %."
        " Indigenous: {indigenous} %.")


def brset(rng):
    photos = sorted([*range(PATIENTS), *rng.choices(range(PATIENTS), k=PHOTOS - PATIENTS)])
    patient, last = {}, None
    for number, who in enumerate(photos, 1):
        if who != last:
            diabetic = rng.random() < .16
            patient = {
                "patient_id": who + 1, "patient_sex": rng.choice((1, 2, 2)),
                "patient_age": min(97, max(5, round(rng.gauss(57, 18)))) if rng.random() < .67 else "",
                "comorbidities": rng.choices(COMORBIDITIES, (50, 15, 10, 12, 5, 4, 4))[0],
                "diabetes_time_y": min(45, 1 + round(rng.expovariate(1 / 11))) if diabetic else "",
                "insuline": ("yes" if rng.random() < .25 else "no") if diabetic else "",
            }
            last, eye = who, 1
        yield {"image_id": f"img{number:05d}", **patient, "exam_eye": eye,
               "optic_disc": 1 + (rng.random() < .2), "vessels": 1 + (rng.random() < .04),
               "macula": 1 + (rng.random() < .27),
               **{name: int(rng.random() < share) for name, share in FINDINGS.items()}}
        eye = 3 - eye


def satellitebench(rng):
    for city in ("Ibagué", "Cali", "Villavicencio", "Cúcuta", "Neiva", "Medellín", "Barranquilla",
                 "Santa Marta", "Soacha", "Montería"):
        shares = {"aged_0_4": rng.uniform(5, 9), "aged_5_14": rng.uniform(13, 19),
                  "afro": rng.uniform(0, 15), "indigenous": rng.uniform(0, 4)}
        shares = {name: f"{share:.2f}" for name, share in shares.items()}
        for week in range(1, 157):
            yield {"image_id": f"{city}_{week:03d}", "city": city, **shares}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("brset", brset(random.Random(1))),
                       ("satellitebench", satellitebench(random.Random(2)))):
        rows = list(rows)
        with open(folder / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
    (folder / "brset.prompt").write_text(BEFORE + READING)
    (folder / "brset_before.prompt").write_text(BEFORE)
    (folder / "satellitebench.prompt").write_text(CITY)


if __name__ == "__main__":
    main()
