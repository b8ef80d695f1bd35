-- migrate:up
alter table discrepancies drop constraint discrepancies_exception_class_check;
alter table discrepancies add constraint discrepancies_exception_class_check check (exception_class in (
    'request_refused', 'count_differs', 'on_hand_differs', 'pick_short', 'lot_expired', 'shipped_not_on_hand'
));

-- migrate:down
