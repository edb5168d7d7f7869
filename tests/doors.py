"""Every door of the running app, and whom it lets in."""

PUBLIC, SIGNED_IN, NOBODY = "public", "signed in", "nobody"

# Of every list of rows: what Flask-Admin offers beside what a view names below.
LIST = ("index_view", "details_view")
CHANGE = ("create_view", "edit_view")
NEVER = ("delete_view", "ajax_lookup", "ajax_update", "action_view")
LISTS = {
    "invoice": ("invoices.view", "invoices.edit"),
    "contact": ("contacts.view", "contacts.edit"),
    "opportunity": ("contacts.view", "contacts.edit"),
    "dispute": ("disputes.view", NOBODY),
    "payment": ("payments.view", NOBODY),
    "refund": ("payments.view", NOBODY),
    "credit_note": ("payments.view", NOBODY),
    "payout": ("payments.view", NOBODY),
    "reconciliation": ("webhooks.view", NOBODY),
    "event": ("webhooks.view", NOBODY),
    "attention": ("payments.view", NOBODY),
    "message": ("invoices.view", NOBODY),
    "notice": ("invoices.view", NOBODY),
    "bulk_run": ("invoices.view", NOBODY),
    "people": (SIGNED_IN, NOBODY),
    "stripe": ("integrations.view", NOBODY),
}
BOTH = ("integrations.connect", "integrations.configure")

# Endpoint → the permission it needs, or several of which it needs all.
DOORS: dict[str, str | tuple[str, ...]] = {
    **{f"{name}.{route}": seen for name, (seen, _) in LISTS.items() for route in LIST},
    **{f"{name}.{route}": changed for name, (_, changed) in LISTS.items() for route in CHANGE},
    **{f"{name}.{route}": NOBODY for name in LISTS for route in NEVER},
    **{f"{name}.export": "exports" for name in LISTS},
    "reconciliation.export": ("webhooks.view", "exports"),
    "event.export": ("webhooks.view", "exports"),
    "stripe.export": NOBODY,
    "invoice.delete_view": "invoices.edit",
    "invoice.action_view": "invoices.send",
    "invoice.bill_again": "invoices.edit",
    "invoice.choose_contact": "invoices.edit",
    "invoice.duplicate": "invoices.edit",
    "invoice.mark_as_sent": "invoices.send",
    "invoice.note": "invoices.edit",
    "invoice.pay_link": "invoices.send",
    "invoice.promise": "invoices.edit",
    "invoice.refund": "refunds.issue",
    "invoice.retry_mail": "invoices.send",
    "invoice.version": "invoices.view",
    "invoice.void": "invoices.void",
    "bulk_run.retry": "invoices.send",
    "bulk_run.go_on": "invoices.send",
    "bulk_run.export": NOBODY,
    # Lookups of the fields of a form are for those who may fill the form in; these forms have none, so: 404.
    "invoice.ajax_lookup": "invoices.edit",
    "invoice.ajax_update": "invoices.edit",
    "contact.ajax_lookup": "contacts.edit",
    "contact.ajax_update": "contacts.edit",
    "opportunity.ajax_lookup": "contacts.edit",
    "opportunity.ajax_update": "contacts.edit",
    "refund.approve": "refunds.approve",
    "refund.reject": "refunds.issue",
    "refund.retry": "refunds.issue",
    "refund.refund_payment": "refunds.issue",
    "refund.record": "payments.record",
    "refund.take_back": "payments.record",
    "refund.give_up": "payments.record",
    "payment.match": "payments.record",
    "payment.move": "payments.record",
    "payment.record": "payments.record",
    "payment.give_up": "payments.record",
    "payment.give_up_checkout": "payments.record",
    "payment.reverse": "payments.record",
    "attention.dismiss": "payments.record",
    "attention.retry_message": "invoices.send",
    "attention.retry_refund": "refunds.issue",
    "attention.retry_checkout": "payments.record",
    "attention.retry_event": "webhooks.view",
    "message.action_view": "invoices.send",
    "message.retry": "invoices.send",
    "event.action_view": "webhooks.view",
    "event.retry": "webhooks.view",
    "reconciliation.run": "webhooks.view",
    "stripe_webhooks.index": "webhooks.view",
    "stripe_webhooks.check": "webhooks.view",
    "people.create_view": "people.manage",
    "people.disable": "people.manage",
    "people.enable": "people.manage",
    "people.change_role": "people.manage",
    "people.renew_password": "people.manage",
    "people.refund_limit": "people.manage",
    "stripe.details_view": NOBODY,
    "payout.details_view": NOBODY,
    "notice.details_view": NOBODY,
    "notice.open": "invoices.view",
    "notice.read_all": "invoices.view",
    "stripe.connect": BOTH,
    "stripe.callback": BOTH,
    "stripe.disconnect": BOTH,
    "admin.index": SIGNED_IN,
    "admin.widgets": SIGNED_IN,
    "analytics.index": "analytics.view",
    "integrations.index": "integrations.view",
    "organization.index": "settings.edit",
    "palette.find": SIGNED_IN,
    "panel.beat": SIGNED_IN,
    "sign_in.form": PUBLIC,
    "sign_in.submit": PUBLIC,
    "sign_in.leave": PUBLIC,
    "sign_in.password": SIGNED_IN,
    "admin.static": PUBLIC,
    "static": PUBLIC,
    "front.home": PUBLIC,
    "health.healthz": PUBLIC,
    "health.readyz": PUBLIC,
    "webhooks.stripe": PUBLIC,
    "pay.page": PUBLIC,
    "pay.pay": PUBLIC,
    "pay.come_back": PUBLIC,
    "pay.proceed": PUBLIC,
    "pay.status": PUBLIC,
    "pay.viewed": PUBLIC,
    "pay.mangled": PUBLIC,
}

# What an address needs to be one, and what a form needs to be about something.
ADDRESSES = {"export_type": "csv", "filename": "favicon.svg", "token": "made-up", "rest": "made/up"}
FORM = {
    "id": "1",
    "rowid": "1",
    "list_form_pk": "1",
    "status": "Paid",
    "role": "admin",
    "mail": "1",
    "amount": "1.00",
    "operation": "7f8bb5a4-5a0f-4f4e-9d2f-3e1c9c0c6a11",
}

# Flask-Admin's actions share one endpoint; each has a permission of its own.
ACTIONS = {
    "invoice.action_view": {
        "send": "invoices.send",
        "remind": "invoices.send",
        "export": "exports",
        "refund": "refunds.issue",
        "void": "invoices.void",
    },
    "message.action_view": {"retry": "invoices.send"},
    "event.action_view": {"retry": "webhooks.view"},
}

# Open doors that answer neither with a page nor with the way to one: the form is not filled in and comes back,
# Stripe has not signed, a link is made up, or nothing is kept behind this address.
UNFILLED = (
    "contact.create_view",
    "invoice.create_view",
    "invoice.edit_view",
    "opportunity.create_view",
    "opportunity.edit_view",
    "people.create_view",
    "organization.index",
    "sign_in.password",
    "sign_in.submit",
    "webhooks.stripe",
    "pay.viewed",
)
MADE_UP = ("notice.open", "pay.page", "pay.pay", "pay.come_back", "pay.proceed", "pay.status", "pay.mangled", "admin.static")
LOOKUPS = tuple(f"{noun}.{route}" for noun in ("invoice", "contact", "opportunity") for route in NEVER[1:3])
OTHERWISE = dict.fromkeys(UNFILLED, 400) | dict.fromkeys(MADE_UP + LOOKUPS, 404)
