"""What an organisation sets for its HR desk: the days that payroll keeps, and who reads complaints."""

from __future__ import annotations

from deskcore.plugin import Setting, Text

SETTINGS = (
    Setting(
        key="payroll_cutoff_day",
        type="int",
        default=20,
        label=Text("Day on which payroll closes the month", "Dzień zamknięcia listy płac"),
        hint=Text(
            "Changes that come later count from the next month.",
            "Późniejsze zmiany obowiązują od następnego miesiąca.",
        ),
    ),
    Setting(
        key="benefits_cutoff_day",
        type="int",
        default=15,
        label=Text(
            "Last day to change benefits of the next month", "Ostatni dzień zmian świadczeń na następny miesiąc"
        ),
    ),
    Setting(
        key="pay_day",
        type="int",
        default=28,
        label=Text("Pay day", "Dzień wypłaty"),
        hint=Text(
            "Two days before and after it, questions about pay get priority High.",
            "Dwa dni przed nim i\u00a0po nim pytania o\u00a0wynagrodzenie dostają priorytet Wysoki.",
        ),
    ),
    Setting(
        key="on_demand_days",
        type="int",
        default=4,
        label=Text("Days of leave on demand in a year", "Dni urlopu na żądanie w\u00a0roku"),
    ),
    Setting(
        key="complaint_readers",
        default="",
        label=Text("Who reads complaints", "Kto czyta skargi"),
        hint=Text(
            "E-mail addresses of two or more people of this desk, separated by commas. Empty: the team for "
            "employee relations.",
            "Adresy e-mail co najmniej dwóch osób z\u00a0tego działu, po przecinku. Puste: zespół relacji "
            "pracowniczych.",
        ),
    ),
)
