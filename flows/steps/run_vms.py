"""The steps that run applications in virtual machines of their own: images, a service each."""

from __future__ import annotations

from flows.session import Session
from flows.steps.images import archive_of, image_steps
from flows.steps.run_unikernels import makers_of_secrets, superseding
from runs.step import Step
from tasks import step_names
from tasks.application import source_folder
from tasks.container.image import image_name
from tasks.techniques.start_order import started_before
from tasks.vm.service import service_step


def steps(session: Session) -> list[Step]:
    """Give the steps: the images whose files they run, then the service of each."""
    environment, connections = session.environment, session.connections
    techniques = session.techniques()
    found = image_steps(session, environment.vms)
    for application in environment.vms:
        image = step_names.image(image_name(source_folder(environment, application)))
        needs = [image, step_names.domain(str(application.domu))]
        needs += archive_of(environment, str(application.domu))
        needs += superseding(environment)
        needs += makers_of_secrets(session, application)
        needs += started_before(techniques, [application])
        found.append(service_step(environment, application, connections, needs))
    return found
