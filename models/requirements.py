"""What Stripe requires of an account, in people's words (docs.stripe.com/api/accounts/object, `requirements`)."""

from collections.abc import Iterable

from models.language import gettext, marked

# By the end of Stripe's key, the longest end first to be tried; `individual.verification.document` ends in the third.
WORDS = {
    "external_account": marked("Bank account for payouts"),
    "verification.additional_document": marked("Second identity document"),
    "verification.document": marked("Identity document"),
    "verification.proof_of_liveness": marked("Proof of identity with a selfie"),
    "id_number": marked("Tax or identity number"),
    "ssn_last_4": marked("Last four digits of the Social Security number"),
    "dob": marked("Date of birth"),
    "first_name": marked("Name"),
    "last_name": marked("Name"),
    "address": marked("Address"),
    "registered_address": marked("Registered address"),
    "email": marked("Email address"),
    "phone": marked("Phone number"),
    "nationality": marked("Nationality"),
    "political_exposure": marked("Political exposure"),
    "relationship": marked("Role in the company"),
    "tax_id": marked("Tax number"),
    "vat_id": marked("VAT number"),
    "registration_number": marked("Registration number"),
    "structure": marked("Kind of company"),
    "ownership_declaration": marked("Declaration of owners"),
    "owners_provided": marked("Owners of the company"),
    "directors_provided": marked("Directors of the company"),
    "executives_provided": marked("Executives of the company"),
    "business_type": marked("Kind of business"),
    "business_profile.mcc": marked("Industry"),
    "business_profile.url": marked("Website"),
    "business_profile.product_description": marked("Description of what is sold"),
    "business_profile.support_phone": marked("Phone number for customers"),
    "business_profile.support_email": marked("Email address for customers"),
    "business_profile.annual_revenue": marked("Yearly revenue"),
    "business_profile.estimated_worker_count": marked("Number of workers"),
    "payments.statement_descriptor": marked("Name on bank statements"),
    "company.name": marked("Company name"),
    "tos_acceptance": marked("Acceptance of Stripe's terms"),
}
PERSON = marked("person")
WHOSE = {
    "individual": "",
    "company": marked("company"),
    "representative": marked("representative"),
    "owners": marked("owner"),
}


def in_words(keys: Iterable[str]) -> list[str]:
    """Each requirement once, in Stripe's order; an unknown one is named as Stripe's key reads."""
    return list(dict.fromkeys(_words(key) for key in keys))


def _words(key: str) -> str:
    parts = key.split(".")
    # Details such as dob.day and address.city are asked for one by one; people know the whole.
    for end in range(len(parts), 0, -1):
        for start in range(end):
            known = WORDS.get(".".join(parts[start:end]))
            if known:
                return _of_whom(parts[0], start, known)
    return ": ".join(part.replace("_", " ") for part in parts).capitalize()


def _of_whom(first: str, start: int, words: str) -> str:
    """`Identity document (person)`: whose it is, where it is not the account holder's own."""
    whose = WHOSE.get(first, PERSON if first.startswith("person_") else "") if start else ""
    what = gettext(words)
    return gettext("%(requirement)s (%(whose)s)", requirement=what, whose=gettext(whose)) if whose else what
