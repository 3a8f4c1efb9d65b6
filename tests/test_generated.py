from pathlib import Path

import generated
import pytest

FILES = list(generated.files())


@pytest.mark.parametrize(("path", "content"), FILES, ids=[path.name for path, _ in FILES])
def test_what_is_generated_is_up_to_date(path: Path, content: str) -> None:
    assert path.read_text(encoding="utf-8") == content, "run make generate"
