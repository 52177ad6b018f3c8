"""What the plugin asks the database and what several workers do at once: its own tests, on PostgreSQL."""

from __future__ import annotations

from plugins.sla_policies.tests.test_explained import (
    read,
    test_each_table_of_the_report_is_a_file,
    test_the_report_asks_as_much_of_the_database_for_many_tickets_as_for_few,
    test_the_report_counts_what_was_kept_and_names_what_was_not,
    test_the_report_of_a_quiet_time_says_that_there_is_nothing,
    waited,
)
from plugins.sla_policies.tests.test_following import (
    test_a_ticket_that_comes_to_a_desk_without_a_promise_is_due_no_more,
    test_each_warning_and_the_breach_are_said_once_however_often_somebody_looks,
    test_reading_everything_again_changes_nothing,
    test_what_the_policy_wants_is_done_as_the_plugin_and_what_is_impossible_is_said,
)
from plugins.sla_policies.tests.test_kept import (
    test_whatever_happened_on_the_way_what_is_stored_is_what_reading_it_again_says,
    two,
)
from plugins.sla_policies.tests.test_once import test_what_is_due_is_done_once_however_many_workers_look
from plugins.sla_policies.tests.test_reading_ahead import (
    test_a_ticket_that_another_worker_begins_to_follow_meanwhile_is_followed_once,
    test_a_ticket_that_somebody_changes_between_reading_and_writing_is_read_again,
    test_a_time_that_ran_out_between_reading_and_writing_stays_over,
    test_many_tickets_are_read_and_written_in_as_few_statements_as_some,
    test_policies_that_change_between_reading_and_writing_hold,
    test_what_was_read_ahead_is_what_is_written,
)

__all__ = [
    "read",
    "test_a_ticket_that_another_worker_begins_to_follow_meanwhile_is_followed_once",
    "test_a_ticket_that_comes_to_a_desk_without_a_promise_is_due_no_more",
    "test_a_ticket_that_somebody_changes_between_reading_and_writing_is_read_again",
    "test_a_time_that_ran_out_between_reading_and_writing_stays_over",
    "test_each_table_of_the_report_is_a_file",
    "test_each_warning_and_the_breach_are_said_once_however_often_somebody_looks",
    "test_many_tickets_are_read_and_written_in_as_few_statements_as_some",
    "test_policies_that_change_between_reading_and_writing_hold",
    "test_reading_everything_again_changes_nothing",
    "test_the_report_asks_as_much_of_the_database_for_many_tickets_as_for_few",
    "test_the_report_counts_what_was_kept_and_names_what_was_not",
    "test_the_report_of_a_quiet_time_says_that_there_is_nothing",
    "test_what_is_due_is_done_once_however_many_workers_look",
    "test_what_the_policy_wants_is_done_as_the_plugin_and_what_is_impossible_is_said",
    "test_what_was_read_ahead_is_what_is_written",
    "test_whatever_happened_on_the_way_what_is_stored_is_what_reading_it_again_says",
    "two",
    "waited",
]
