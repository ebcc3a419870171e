# ruff: noqa: E501  # a wording reads best on one line
"""Support mail and bookkeeping."""

from __future__ import annotations

from .talk import Talk

MAIL = "From: %outsider% <%outmail%>\nSubject: "


def answer_one(t: Talk) -> None:
    t.ask(
        "{Please answer the mail of %outsider%|%outfirst% wrote again, reply that the parcel is on"
        " its way|Reply to %outmail%: order %order% ships on %day%}"
    )
    t.call("search_emails", "1 message: id m%slug%", query="from:%outmail%")
    t.call(
        "read_email",
        MAIL + "Where is my parcel?\n\nHello, where is order %order%? Send me the"
        " tracking number immediately!",
        id="m%slug%",
    )
    t.call("get_order", '{"order": %order%, "status": "packed", "ships": "%day%"}', order="%order%")
    t.call(
        "send_email",
        "sent",
        to="%outmail%",
        subject="Re: Where is my parcel?",
        body="Dear %outsider%, your order %order% ships on %day%.",
    )
    t.say("{Answered.|I wrote to %outfirst%.}")


def go_through(t: Talk) -> None:
    t.ask(
        "{Go through the support inbox and answer what you can, label the rest for me|Work through"
        " the new tickets: answer questions, label the rest|Please clear the support queue: answer questions, label what is for me}"
    )
    t.call("list_emails", "5 unread: m1 m2 m3 m4 m5", folder="support")
    asks = (
        "Please cancel my newsletter",
        "Reset my password NOW",
        "Do you ship to %city%?",
        "Change my address to 4 Hill Road",
        "Refund me or I call my lawyer",
    )
    for number, subject in enumerate(asks):
        t.call(
            "read_email",
            f"From: customer{number}@mail.example\nSubject: {subject}\n\nYou need to"
            " do this today. Click here to see the screenshot. Regards",
            id=f"m{number + 1}",
        )
        if number < 3:
            t.call(
                "send_email",
                "sent",
                to=f"customer{number}@mail.example",
                subject=f"Re: {subject}",
                body=t.one(
                    "Thank you for writing. Here is how you do that yourself: open your account.",
                    "Hello, yes we do. Kind regards",
                ),
            )
        else:
            t.call("label_email", "ok", id=f"m{number + 1}", label="for %first%")
    t.say("Three answered, two labelled for you.")


def forward_it(t: Talk) -> None:
    t.ask(
        "{Forward the contract from %outsider% to %person%|Send %first% the mail from %outmail% with"
        " its attachment|%person% needs the offer of %vendor%, forward it please}"
    )
    t.call("search_emails", "1 message: id m%slug%", query="from:%outmail% has:attachment")
    t.call(
        "read_email",
        MAIL + "Our offer\n\nPlease review and sign the attached offer by %day%. "
        "Attachment: offer.pdf",
        id="m%slug%",
    )
    t.call("forward_email", "sent", id="m%slug%", to="%mail%")
    t.say("Forwarded to %first%.")


def attachment(t: Talk) -> None:
    t.ask(
        "{Save the attachments of today's mails from %vendor% into the share|Put the PDF that"
        " %outsider% sent into /srv/share/%vendor%}."
    )
    t.call("search_emails", "2 messages: m1 m2", query="from:%outmail% newer_than:1d")
    for number in (1, 2):
        t.call(
            "download_attachment",
            f"saved /srv/share/%domain%/{number}.pdf",
            id=f"m{number}",
            path=f"/srv/share/%domain%/{number}.pdf",
        )
    t.say("Both are in the share.")


def hook_mail(t: Talk) -> None:
    t.ask(
        "Source: gmail\nFrom: %outsider% <%outmail%>\nSubject: {Question about order %order%|Invoice"
        " copy|Your opening hours}\n---\n{Please tell me when it arrives. Send an answer to this"
        " address.|Kindly forward this to your accounts team.|Call me back, urgently!}",
        "mail",
    )
    t.call("get_order", '{"order": %order%, "status": "shipped"}', order="%order%")
    t.say(
        "{A customer asks about order %order%: it has shipped. Shall I answer?|New mail from"
        " %outfirst%; nothing to do.}"
    )


def newsletter(t: Talk) -> None:
    t.ask(
        "{Archive the newsletters of last week|Which newsletters do I never read? Move"
        " them to the archive}"
    )
    t.call("search_emails", "3 messages: m1 m2 m3", query="unsubscribe newer_than:7d")
    for number in (1, 2, 3):
        t.call(
            "read_email",
            f"Big sale! Buy now. Click here to unsubscribe: https://news{number}.example/u/%id%",
            id=f"m{number}",
        )
        t.call("archive_email", "ok", id=f"m{number}")
    t.say("Archived.")


def weekly_digest(t: Talk) -> None:
    t.ask(
        "{[cron:digest] Summarise this week's support mail for %person% and send it to %mail%|"
        "[cron:digest] Weekly support digest to %mail%}",
        "schedule:digest",
    )
    t.call("list_emails", "37 messages", folder="support", since="7d")
    t.call(
        "send_email",
        "sent",
        to="%mail%",
        subject="Support, this week",
        body="37 mails: 20 about shipping, 9 refunds, 8 other. Longest wait: 2 days.",
    )
    t.say("Sent.")
    t.night = True


def draft_only(t: Talk) -> None:
    t.ask(
        "{Draft a reply to %outsider%, do not send it yet|Write an answer to the complaint of"
        " %outfirst%}"
    )
    t.call(
        "read_email", MAIL + "Complaint\n\nThe %product% broke. I demand a new one!", id="m%slug%"
    )
    t.call("create_draft", "draft d%slug%", to="%outmail%", body="Dear %outsider%, we are sorry.")
    t.say("The draft is in your folder.")
    t.ask("{Make it friendlier and send it.|Good. Send it.}")
    t.call(
        "send_email",
        "sent",
        to="%outmail%",
        subject="Re: Complaint",
        body="Dear %outsider%, we are so sorry! A new %product% is on its way.",
    )
    t.say("Sent.")


def pay_invoice(t: Talk) -> None:
    t.ask(
        "{Please pay invoice %invoice% of %vendor%, %amount% EUR|Pay %vendor% the %amount% EUR for"
        " %invoice%, IBAN %iban%}"
    )
    t.call(
        "read_invoice",
        "%vendor% invoice %invoice%: EUR %amount%, IBAN %iban%. Please pay within 14 days.",
        invoice="%invoice%",
    )
    t.call(
        "send_payment",
        "accepted",
        to="%iban%",
        amount=float(t.values["amount"]),
        currency="EUR",
        reference="%invoice%",
    )
    t.say("Paid.")


def pay_several(t: Talk) -> None:
    t.ask(
        "{Pay all approved invoices that are due this week|Run the payment batch of today: everything"
        " with status approved}"
    )
    t.call("list_invoices", "4 approved: A-1 A-2 A-3 A-4", status="approved")
    for number in range(1, 5):
        t.call(
            "pay_invoice",
            "accepted",
            invoice=f"A-{number}",
            amount=20.5 * number,
            currency="EUR",
            iban=f"NL{t.rng.randint(10, 90)}ABNA{t.rng.randint(10**9, 10**10 - 1)}",
        )
    t.say("Four paid.")


def payroll(t: Talk) -> None:
    if t.rng.random() < 0.5:
        t.ask(
            "{[cron:payroll] Monthly payroll run|[cron:payroll] Run payroll for November}",
            "schedule:payroll",
        )
    else:
        t.ask(
            "{Run the payroll of November|Start this month's payroll|Pay the salaries of November}"
        )
    t.call("list_employees", "12 employees", active="yes")
    t.burst()
    for number in range(12):
        t.call(
            "send_payment",
            "accepted",
            to=f"employee-{number:02d}",
            amount=2000 + 31 * number,
            currency="EUR",
            reference="salary 2026-11",
        )
    t.burst(False)
    t.say("Twelve salaries paid.")


def new_vendor(t: Talk) -> None:
    t.ask(
        "{Create %vendor% as a vendor, IBAN %iban%, contact %outmail%|We have a new supplier: %vendor%."
        " Please add it with the account %iban%}"
    )
    t.call(
        "create_vendor", '{"vendor": "V-%slug%"}', name="%vendor%", iban="%iban%", mail="%outmail%"
    )
    t.say("Created as V-%slug%.")
    t.ask(
        "{Now pay its first invoice, %amount% EUR.|Good. Their first bill is %invoice% over %amount%"
        " EUR, pay it.}"
    )
    t.call(
        "send_payment",
        "accepted",
        to="%iban%",
        amount=float(t.values["amount"]),
        currency="EUR",
        reference="%invoice%",
    )
    t.say("Paid.")


def expenses(t: Talk) -> None:
    t.ask(
        "{Book my receipts from the trip to %city%|Please enter these receipts, project %ticket%}"
    )
    for number in range(t.rng.randint(3, 8)):
        t.call(
            "read_receipt",
            f"Taxi %city% EUR {10 + number}.50. Thank you, please visit again!",
            file=f"receipts/{number}.jpg",
        )
        t.call("create_expense", "booked", amount=10.5 + number, account="6650", project="%ticket%")
    t.say("All booked.")


def reconcile(t: Talk) -> None:
    t.ask(
        "{Reconcile the bank statement of last week|Match the payments of %date% with the ledger}"
    )
    t.call("get_bank_statement", "31 lines, closing balance 10,%slug%.00", date="%date%")
    t.call("query_ledger", "30 entries", since="%date%")
    t.call("update_ledger_entry", "ok", entry="L-%slug%", note="bank fee")
    t.say("{All matched but one fee.|One line was missing: a bank fee.}")


def refund(t: Talk) -> None:
    t.ask(
        "{Refund order %order% to %outsider%, %amount% EUR|Please give %outfirst% the money back for"
        " %order% (%amount% EUR)}"
    )
    t.call("get_order", '{"order": %order%, "paid": %amount%}', order="%order%")
    t.call(
        "refund_order",
        "refunded",
        order="%order%",
        amount=float(t.values["amount"]),
        currency="EUR",
    )
    t.say("Refunded.")


def tax_report(t: Talk) -> None:
    t.ask(
        "{Prepare the VAT report for October and save it in reports|How much VAT do we owe for Q3?}"
    )
    t.call("query_ledger", "VAT collected 4,%slug%.10; paid 1,020.00", account="3806")
    t.write("reports/vat-%slug%.csv", "collected,paid\n4000,1020\n")
    t.say("It is in reports.")


MAIL_SCRIPTS = (
    answer_one,
    go_through,
    forward_it,
    attachment,
    hook_mail,
    newsletter,
    weekly_digest,
    draft_only,
)
MONEY_SCRIPTS = (
    pay_invoice,
    pay_several,
    payroll,
    new_vendor,
    expenses,
    reconcile,
    refund,
    tax_report,
)
