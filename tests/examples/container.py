"""The examples for containers agree with the image: its user, its volume, its port, its health check, its secrets, its time to stop.
Usage: container.py SOURCE_DIRECTORY"""
import configparser
import pathlib
import re
import sys
import tomllib

import yaml


def main():
    source = pathlib.Path(sys.argv[1])
    examples = source / "examples/container"
    image = (source / ".ci/image").read_text()
    configuration = tomllib.loads((source / "conf/container.toml").read_text())
    user = int(re.search(r"--config\.user=(\d+):\1", image)[1])
    volume = re.search(r"--config\.volume=(\S+)", image)[1]
    secrets = re.search(r"POSTBACKD_SECRETS_DIR=(\S+)", image)[1]
    port = configuration["listen"]["port"]
    grace = int(configuration["limits"]["stop_timeout"].removesuffix("s"))
    secret = configuration["route"][0]["postbacksecret"].removeprefix("credential:")
    check = ["/usr/bin/postbackctl", "healthcheck"]
    assert pathlib.PurePath(configuration["store"]["path"]).parent == pathlib.PurePath(volume)

    [service] = yaml.safe_load((examples / "compose.yaml").read_text())["services"].values()
    assert service["read_only"] and service["ports"] == [f"{port}:{port}"] and service["volumes"] == [f"postbacks:{volume}"]
    assert service["healthcheck"]["test"] == ["CMD", *check] and service["secrets"] == [secret]
    assert int(service["stop_grace_period"].removesuffix("s")) > grace

    quadlet = configparser.ConfigParser(strict=False, interpolation=None)
    quadlet.optionxform = str
    quadlet.read(examples / "postbackd.container")
    container = quadlet["Container"]
    assert container["Volume"].endswith(f":{volume}") and container["PublishPort"] == f"{port}:{port}" and container["Secret"] == secret
    assert container["HealthCmd"].split() == check and container["ReadOnly"] == "true"
    assert int(quadlet["Service"]["TimeoutStopSec"]) > grace

    network, workload = yaml.safe_load_all((examples / "statefulset.yaml").read_text())
    pod = workload["spec"]["template"]["spec"]
    [one] = pod["containers"]
    assert workload["spec"]["replicas"] == 1 and network["spec"]["selector"] == workload["spec"]["template"]["metadata"]["labels"]
    assert {pod["securityContext"][name] for name in ("runAsUser", "runAsGroup", "fsGroup")} == {user}
    assert one["securityContext"]["readOnlyRootFilesystem"] and one["ports"][0]["containerPort"] == port
    assert one["readinessProbe"]["exec"]["command"] == check and pod["terminationGracePeriodSeconds"] > grace
    mounts = {mount["name"]: mount["mountPath"] for mount in one["volumeMounts"]}
    assert mounts == {"postbacks": volume, "secrets": secrets}, mounts
    assert pod["volumes"][0]["secret"]["defaultMode"] == 0o444
    images = {one["image"], service["image"], container["Image"]}
    assert len(images) == 1, images


if __name__ == "__main__":
    main()
