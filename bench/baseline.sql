-- The frozen yardstick: the six write-heavy tables with their primary keys, the unique keys and indexes of the product,
-- and declared row-level foreign keys; nothing more. It changes only with a decision record; its hash is printed.
CREATE SCHEMA base;
CREATE TABLE base.entry (
    id bigint PRIMARY KEY,
    posting_day date NOT NULL,
    kind smallint NOT NULL,
    source bigint NOT NULL,
    legs smallint NOT NULL,
    at timestamptz NOT NULL,
    xact bigint NOT NULL,
    actor_id bigint REFERENCES public.foundation_staff (id),
    company_id bigint NOT NULL,
    outlet_id bigint NOT NULL REFERENCES public.foundation_orgunit (id),
    reverses_id bigint REFERENCES base.entry (id),
    CONSTRAINT entry_source_once UNIQUE (company_id, kind, source)
);
CREATE UNIQUE INDEX entry_reversed_once ON base.entry (company_id, reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX entry_day ON base.entry (company_id, outlet_id, posting_day);

CREATE TABLE base.posting (
    seq smallint NOT NULL,
    debit_party bigint,
    credit_party bigint,
    amount_fen bigint NOT NULL,
    company_id bigint NOT NULL,
    credit_gl_id bigint NOT NULL REFERENCES public.ledger_glaccount (id),
    debit_gl_id bigint NOT NULL REFERENCES public.ledger_glaccount (id),
    entry_id bigint NOT NULL REFERENCES base.entry (id),
    PRIMARY KEY (entry_id, seq)
);

CREATE TABLE base.bill (
    id bigint PRIMARY KEY,
    kind smallint NOT NULL,
    state smallint NOT NULL,
    month integer NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    posting_day date NOT NULL,
    due_on date NOT NULL,
    litres bigint NOT NULL,
    amount_fen bigint NOT NULL,
    left_litres bigint NOT NULL,
    agreement_id bigint NOT NULL REFERENCES public.customers_agreement (id),
    cancel_entry_id bigint REFERENCES base.entry (id),
    company_id bigint NOT NULL,
    entry_id bigint REFERENCES base.entry (id),
    supply_point_id bigint NOT NULL REFERENCES public.customers_supplypoint (id),
    run_id bigint REFERENCES public.billing_run (id)
);
CREATE INDEX bill_agreement ON base.bill (agreement_id, id DESC);
CREATE INDEX bill_by_month ON base.bill (company_id, month, id);
CREATE UNIQUE INDEX bill_one_regular ON base.bill (agreement_id, month) WHERE kind = 1 AND state IN (1, 2);

CREATE TABLE base.line (
    seq smallint NOT NULL,
    tier smallint NOT NULL,
    litres bigint NOT NULL,
    price_e4 bigint NOT NULL,
    amount_fen bigint NOT NULL,
    bill_id bigint NOT NULL REFERENCES base.bill (id),
    company_id bigint NOT NULL,
    version_id bigint NOT NULL REFERENCES public.tariffs_planversion (id),
    PRIMARY KEY (bill_id, seq)
);

CREATE TABLE base.item (
    id bigint PRIMARY KEY,
    month integer NOT NULL,
    due_on date NOT NULL,
    net_fen bigint NOT NULL,
    tax_fen bigint NOT NULL,
    gross_fen bigint NOT NULL,
    open_fen bigint NOT NULL,
    invoiced_fen bigint NOT NULL,
    state smallint NOT NULL,
    reserved_by bigint,
    disputed_at timestamptz,
    agreement_id bigint NOT NULL REFERENCES public.customers_agreement (id),
    company_id bigint NOT NULL,
    fee_type_id bigint NOT NULL REFERENCES public.receivables_feetype (id),
    source_id bigint NOT NULL REFERENCES base.entry (id)
);
CREATE INDEX item_open ON base.item (agreement_id) WHERE open_fen <> 0;
CREATE INDEX item_source ON base.item (source_id);

CREATE TABLE base.allocation (
    seq smallint NOT NULL,
    amount_fen bigint NOT NULL,
    company_id bigint NOT NULL,
    entry_id bigint NOT NULL REFERENCES base.entry (id),
    item_id bigint NOT NULL REFERENCES base.item (id),
    PRIMARY KEY (entry_id, seq)
);
CREATE INDEX allocation_item ON base.allocation (item_id);
