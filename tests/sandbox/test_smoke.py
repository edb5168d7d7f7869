import stripe

from sandbox_builders import order, pay


def test_flow(world, client):
    s = client.v1.checkout.sessions.create(order())
    assert s.payment_intent is None and s.url
    c = pay(world, client)
    assert c.paid and c.balance_transaction
    r = client.v1.refunds.create(
        {"payment_intent": c.payment_intent, "amount": 2000, "metadata": {"a": "b"}}, {"idempotency_key": "x"}
    )
    r2 = client.v1.refunds.create(
        {"payment_intent": c.payment_intent, "amount": 2000, "metadata": {"a": "b"}}, {"idempotency_key": "x"}
    )
    assert r.id == r2.id
    print(r)
    world.dispute(c.id)
    print([e.type for e in client.v1.events.list({"limit": 100}).data])
    sent = []
    world.deliveries.deliver(
        lambda u, b, h: (
            sent.append(
                stripe.Webhook.construct_event(b, h["Stripe-Signature"], world.settings.webhook_secret)
            )
            or 200
        )
    )
    assert len(sent) > 5 and sent[0].account
    pi = client.v1.payment_intents.retrieve(
        c.payment_intent, {"expand": ["latest_charge.balance_transaction"]}
    )
    assert pi.latest_charge.balance_transaction.fee == 378
