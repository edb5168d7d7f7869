"""What Stripe requires of an account, in people's words (docs.stripe.com/api/accounts/object, `requirements`)."""

from collections.abc import Iterable

# By the end of Stripe's key, the longest end first to be tried; `individual.verification.document` ends in the third.
WORDS = {
    "external_account": "Bank account for payouts",
    "verification.additional_document": "Second identity document",
    "verification.document": "Identity document",
    "verification.proof_of_liveness": "Proof of identity with a selfie",
    "id_number": "Tax or identity number",
    "ssn_last_4": "Last four digits of the Social Security number",
    "dob": "Date of birth",
    "first_name": "Name",
    "last_name": "Name",
    "address": "Address",
    "registered_address": "Registered address",
    "email": "Email address",
    "phone": "Phone number",
    "nationality": "Nationality",
    "political_exposure": "Political exposure",
    "relationship": "Role in the company",
    "tax_id": "Tax number",
    "vat_id": "VAT number",
    "registration_number": "Registration number",
    "structure": "Kind of company",
    "ownership_declaration": "Declaration of owners",
    "owners_provided": "Owners of the company",
    "directors_provided": "Directors of the company",
    "executives_provided": "Executives of the company",
    "business_type": "Kind of business",
    "business_profile.mcc": "Industry",
    "business_profile.url": "Website",
    "business_profile.product_description": "Description of what is sold",
    "business_profile.support_phone": "Phone number for customers",
    "business_profile.support_email": "Email address for customers",
    "business_profile.annual_revenue": "Yearly revenue",
    "business_profile.estimated_worker_count": "Number of workers",
    "payments.statement_descriptor": "Name on bank statements",
    "company.name": "Company name",
    "tos_acceptance": "Acceptance of Stripe's terms",
}
WHOSE = {"individual": "", "company": "Company", "representative": "Representative", "owners": "Owner"}


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
    whose = WHOSE.get(first, "Person" if first.startswith("person_") else "") if start else ""
    return f"{words} ({whose.lower()})" if whose else words
