"""Prints what is in the image, as SPDX 2.3. Reads lines `SOURCE VERSION PACKAGE VERSION` of Debian's packages.
usage: sbom.py VERSION CREATED CODENAME"""
import json
import sys

version, created, codename = sys.argv[1:]


def package(identifier, name, its_version, locator, supplier):
    return {"SPDXID": f"SPDXRef-{identifier}", "name": name, "versionInfo": its_version, "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "supplier": supplier, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": locator}]}


packages = [package("postbackd", "postbackd", version, f"pkg:generic/postbackd@{version}", "Organization: The postbackd authors")]
for line in sorted(sys.stdin):
    source, source_version, name, its_version = line.split()
    name = name.split(":")[0]
    one = package(f"deb-{name}", name, its_version, f"pkg:deb/debian/{name}@{its_version}?distro={codename}", "Organization: Debian")
    one["sourceInfo"] = f"source package: {source} {source_version}"
    packages.append(one)
json.dump({
    "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"postbackd-{version}",
    "documentNamespace": f"https://postbackd.example/sbom/{version}-{codename}",
    "creationInfo": {"created": created, "creators": ["Tool: postbackd .ci/sbom.py"]},
    "packages": packages,
    "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-postbackd"}]
    + [{"spdxElementId": "SPDXRef-postbackd", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": one["SPDXID"]} for one in packages[1:]],
}, sys.stdout, indent=1)
