import subprocess
import sys
from pathlib import Path

import pytest

from implementations import registry
from implementations.architectures import ARCHITECTURES


def test_unknown_implementation_lists_the_known() -> None:
    with pytest.raises(ValueError, match="no implementation of cnn3d in pytorch; there are: "):
        registry.implementation("cnn3d", "pytorch")


def test_registering_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CLASSES", {})
    registry.register("a", "b", "somewhere:A")
    with pytest.raises(ValueError, match="a in b is registered already: somewhere:A"):
        registry.register("a", "b", "elsewhere:A")
    assert registry.registered() == [("a", "b")]


def test_a_framework_without_an_inspector_has_no_place_on_the_parity_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_CLASSES", {})
    monkeypatch.setattr(registry, "_INSPECTORS", {})
    registry.register("a", "b", "somewhere:A")
    registry.register("a", "c", "somewhere:B", inspector="somewhere:Inspector")
    assert registry.inspected() == [("a", "c")]
    with pytest.raises(ValueError, match="no inspector for b; there are: c"):
        registry.inspector("b")


def test_source_files_are_the_folder_without_other_implementations() -> None:
    for architecture, framework in registry.registered():
        names = {path.name for path in registry.source_files(architecture, framework)}
        folder = Path(registry.__file__).parent / framework
        others = {f"{other}.py" for other in ARCHITECTURES} - {f"{architecture}.py"} | {"inspection.py"}
        assert f"{architecture}.py" in names
        assert names == {path.name for path in folder.glob("*.py")} - others


def test_an_architecture_called_like_a_shared_file_takes_it_from_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    before = registry.source_files("cnn_lstm", "pytorch")
    monkeypatch.setitem(ARCHITECTURES, "lstm", ARCHITECTURES["cnn2d"])
    monkeypatch.setitem(registry._CLASSES, ("lstm", "pytorch"), "implementations.pytorch.cnn2d:PyTorchCNN2D")
    assert registry.source_files("cnn_lstm", "pytorch") == before


def test_the_harness_loads_no_framework() -> None:
    code = (
        "import pkgutil, sys, importlib, benchmarks\n"
        "for module in pkgutil.walk_packages(benchmarks.__path__, 'benchmarks.'):\n"
        "    if 'timing' not in module.name and not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "import implementations.interface, implementations.registry\n"
        "print(sorted({'torch', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
