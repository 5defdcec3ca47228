"""What to ask an application, as its app.yaml says."""

from __future__ import annotations

from deployments.model import Application, Environment
from state import state_place
from tasks.application import described
from tasks.certificate import certificate_of
from tasks.measuring.timed_start import Question


def question_of(environment: Environment, application: Application) -> Question:
    """Give the question whose correct answer proves that an application works."""
    says = described(environment, application)
    certificate, login = "", ("", "", "")
    if says.protocol == "https":
        certificate = certificate_of(environment).read_text()
    if says.protocol == "postgresql":
        secret = state_place("secrets", environment.name) / says.answer.secret
        password = secret.read_text() if says.answer.secret else ""
        login = (says.answer.user, password, says.answer.database)
    return Question(
        name=application.name,
        scheme=says.protocol,
        address=str(application.address),
        port=says.port,
        path=says.answer.query or ("" if says.protocol == "tcp" else says.answer.path),
        contains=says.answer.contains,
        certificate=certificate,
        login=login,
    )
