"""A pytest plugin for runs in which every test must run: `pytest -p tests.no_skips`."""

import pytest


def pytest_sessionfinish(session):
    """Fails a run with a skipped test: a backend that is missing must not look tested."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if skipped := reporter.stats.get("skipped"):
        reporter.write_line(f"\n{len(skipped)} skipped, where every test must run", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
