"""Many who upload one logo at once: it is kept once, and everybody is served."""

import io

import pytest
from builders import crowd, person
from flask import Flask
from PIL import Image
from sqlalchemy import select

from models.base import db
from models.brand_file import BrandFile
from models.organization import the_organization
from tasks.organization import change_logo

pytestmark = pytest.mark.both_databases


def test_one_logo_uploaded_by_eight_at_once_is_kept_once(app: Flask) -> None:
    person("admin")
    Image.linear_gradient("L").save(file := io.BytesIO(), "PNG")
    assert crowd(lambda _: change_logo(person("admin"), file.getvalue()), 8) == [None] * 8
    assert db.session.scalars(select(BrandFile.id)).all() == [the_organization(db.session).logo_id]
