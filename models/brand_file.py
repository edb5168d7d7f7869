"""The organization's logo: every one that it ever had, for older documents keep theirs."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Key
from models.clock import now
from models.organization import Organization


class BrandFile(Base):
    """A picture, never changed: its digest is its address. Width and height are in pixels."""

    __tablename__ = "brand_file"
    __table_args__ = (CheckConstraint("media_type IN ('image/png', 'image/jpeg')", name="media_type"),)

    # SHA-256 of the picture, in hexadecimal digits.
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]
    height: Mapped[int]
    picture: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    made_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    def within(self, width: int, height: int) -> tuple[int, int]:
        """Its size where there is so much room, never larger than it is."""
        scale = min(1.0, width / self.width, height / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))


def logo_of(session: Session, organization: Organization) -> BrandFile | None:
    """What customers see beside its name now."""
    return session.get(BrandFile, organization.logo_id) if organization.logo_id else None
