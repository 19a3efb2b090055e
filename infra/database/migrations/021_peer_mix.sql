-- Who the others' customers are: released once with a month's figures, and never corrected.
create table benchmarks.peer_mix (
    release_id bigint not null,
    period_start date not null,
    legal_group text not null,                 -- the viewer: the shares are of the others' customers
    peer_group_id bigint not null,
    dimension_code text not null,              -- gender, age, income_tier
    member_code text not null,                 -- 'all': the dimension is withheld
    own_percent numeric(18, 6),                -- of the viewer's own customers there; null: fewer than 30 of a kind
    others_percent numeric(18, 6),             -- of their customers, each counted once at each competitor
    status text not null check (status in ('published', 'withheld')),
    reason_code text,
    primary key (release_id, legal_group, peer_group_id, dimension_code, member_code),
    check ((status = 'published') = (others_percent is not null))
);
create trigger append_only before update or delete or truncate on benchmarks.peer_mix
for each statement execute function benchmarks.refuse_change();
