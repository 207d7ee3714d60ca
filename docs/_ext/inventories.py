"""Inventories of other projects' documentation, fetched where there is a network.

Sphinx's own fetching warns where there is none, and warnings are errors here. So the
files are fetched first, and only projects whose file is there are linked to.
"""

from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

SECONDS = 5
"""How long an answer is waited for."""


def fetch(addresses, folder):
    """Return an ``intersphinx_mapping`` of the projects that can be linked to.

    Parameters
    ----------
    addresses : dict of str to str
        Root of each project's documentation.
    folder : Path
        Where inventories are kept; one that is there is not fetched again.

    Returns
    -------
    dict of str to (str, str)
        Root and local file of each inventory.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}.inv" for name in addresses}
    missing = [name for name, file in files.items() if not file.exists()]
    with ThreadPoolExecutor() as pool:
        for name in missing:
            pool.submit(_download, f"{addresses[name]}/objects.inv", files[name])
    return {
        name: (address, str(files[name]))
        for name, address in addresses.items()
        if files[name].exists()
    }


def _download(address, file):
    """Write what the address answers, if it is an inventory."""
    # Some of the sites turn away Python's own name.
    request = Request(address, headers={"User-Agent": "Mozilla/5.0 (Sphinx)"})
    try:
        with urlopen(request, timeout=SECONDS) as answer:
            content = answer.read()
    except OSError:
        return
    # A login page of the network also answers.
    if content.startswith(b"# Sphinx inventory version"):
        file.write_bytes(content)
