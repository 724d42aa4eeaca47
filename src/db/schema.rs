//! The tables, as the migrations make them. Only tables that are really joined are allowed in one query.

#![expect(missing_docs, reason = "columns are documented where their structs are")]

diesel::table! {
    users (id) {
        id -> Text,
        name -> Text,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        password_hash -> Text,
        created_at -> Timestamp,
        disabled_at -> Nullable<Timestamp>,
        version -> Integer,
        password_set_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sessions (token_digest) {
        token_digest -> Text,
        user_id -> Text,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        id -> Text,
        second_factor -> Bool,
        password_due -> Bool,
        device -> Text,
    }
}

diesel::table! {
    programmes (id) {
        id -> Text,
        name -> Text,
        prefix -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    organizations (id) {
        id -> Text,
        programme_id -> Text,
        name -> Text,
        kind -> Text,
        credit_code -> Nullable<Text>,
        filing_no -> Nullable<Text>,
        host_id -> Nullable<Text>,
        host_consented_at -> Nullable<Timestamp>,
        members -> Integer,
        subdistrict -> Text,
        state -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> Integer,
        unit_id -> Nullable<Text>,
        head_name -> Nullable<Text>,
        head_phone -> Nullable<Text>,
        contact_phone -> Nullable<Text>,
        charter -> Nullable<Text>,
        place -> Nullable<Text>,
        founded_on -> Nullable<Text>,
        introduction -> Nullable<Text>,
        filing_unit -> Nullable<Text>,
        filed_on -> Nullable<Text>,
        filing_expires_on -> Nullable<Text>,
        staff -> Nullable<Integer>,
        volunteers -> Nullable<Integer>,
        merged_into -> Nullable<Text>,
    }
}

diesel::table! {
    payee_accounts (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Text,
        account_name -> Text,
        bank_name -> Text,
        bank_code -> Text,
        account_number -> Text,
        state -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        verified_by -> Nullable<Text>,
        verified_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    enterprises (id) {
        id -> Text,
        programme_id -> Text,
        name -> Text,
        credit_code -> Text,
        budget -> BigInt,
        quota -> Integer,
        state -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    memberships (id) {
        id -> Text,
        programme_id -> Nullable<Text>,
        user_id -> Text,
        role -> Text,
        organization_id -> Nullable<Text>,
        enterprise_id -> Nullable<Text>,
        created_at -> Timestamp,
        unit_id -> Nullable<Text>,
    }
}

diesel::table! {
    rounds (id) {
        id -> Text,
        programme_id -> Text,
        name -> Text,
        year -> Integer,
        state -> Text,
        policy_number -> Integer,
        rubric_number -> Integer,
        budget -> BigInt,
        awarded_total -> BigInt,
        opens_on -> Text,
        closes_on -> Text,
        references_given -> Bool,
        last_number -> BigInt,
        created_by -> Text,
        created_at -> Timestamp,
        published_at -> Nullable<Timestamp>,
        version -> Integer,
        form_number -> Integer,
        kind -> Text,
        batch_number -> Integer,
        call_number -> Integer,
        copied_from -> Nullable<Text>,
    }
}

diesel::table! {
    policies (round_id, number) {
        round_id -> Text,
        number -> Integer,
        body -> Text,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    rubrics (round_id, number) {
        round_id -> Text,
        number -> Integer,
        body -> Text,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    applications (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        organization_id -> Text,
        reference -> Text,
        state -> Text,
        title -> Text,
        domain -> Nullable<Text>,
        requested -> Nullable<BigInt>,
        own_funds -> BigInt,
        starts_on -> Nullable<Text>,
        ends_on -> Nullable<Text>,
        beneficiaries -> Nullable<Integer>,
        summary -> Text,
        policy_number -> Integer,
        rubric_number -> Integer,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        submitted_at -> Nullable<Timestamp>,
        version -> Integer,
        lead_name -> Text,
        lead_phone -> Nullable<Text>,
        unit_id -> Nullable<Text>,
        funded_elsewhere -> Nullable<Bool>,
        answers -> Text,
        form_number -> Integer,
        track -> Nullable<Text>,
        batch_number -> Nullable<Integer>,
        extended_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    budget_lines (id) {
        id -> Text,
        application_id -> Text,
        position -> Integer,
        category -> Text,
        item -> Text,
        amount -> BigInt,
        from_fund -> Bool,
    }
}

diesel::table! {
    eligibility_checks (id) {
        id -> Text,
        programme_id -> Text,
        application_id -> Text,
        step -> Text,
        outcome -> Text,
        reason_code -> Nullable<Text>,
        note -> Text,
        made_by -> Text,
        made_at -> Timestamp,
        checklist -> Text,
        machine -> Text,
    }
}

diesel::table! {
    application_sections (application_id, code) {
        application_id -> Text,
        code -> Text,
        version -> Integer,
        updated_by -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    application_revisions (application_id, number) {
        application_id -> Text,
        number -> Integer,
        changes -> Text,
        made_by -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    receipts (application_id, number) {
        application_id -> Text,
        number -> Integer,
        reference -> Text,
        received_at -> Timestamp,
        received_from -> Text,
        content -> Text,
        digest -> Text,
    }
}

diesel::table! {
    correction_requests (id) {
        id -> Text,
        programme_id -> Text,
        application_id -> Text,
        number -> Integer,
        defects -> Text,
        note -> Text,
        due_on -> Text,
        provisional -> Bool,
        requested_by -> Text,
        requested_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    text_sketches (subject_id) {
        subject_id -> Text,
        programme_id -> Text,
        subject_kind -> Text,
        label -> Text,
        sketch -> Text,
    }
}

diesel::table! {
    experts (id) {
        id -> Text,
        programme_id -> Text,
        user_id -> Text,
        name -> Text,
        expertise -> Text,
        organization_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
        min_load -> Integer,
        max_load -> Nullable<Integer>,
        state -> Text,
        kind -> Text,
        absences -> Text,
        identity_digest -> Nullable<Text>,
    }
}

diesel::table! {
    conflicts (id) {
        id -> Text,
        programme_id -> Text,
        application_id -> Text,
        expert_id -> Text,
        kind -> Text,
        evidence -> Text,
        declared_by -> Text,
        created_at -> Timestamp,
        source -> Text,
    }
}

diesel::table! {
    reviews (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        application_id -> Text,
        expert_id -> Text,
        state -> Text,
        marks -> Text,
        suggested_amount -> Nullable<BigInt>,
        comment -> Text,
        total -> Nullable<BigInt>,
        declared_at -> Nullable<Timestamp>,
        submitted_at -> Nullable<Timestamp>,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> Integer,
        stage -> Text,
        reading -> Integer,
        mark_comments -> Text,
        staff_comment -> Text,
        digest -> Nullable<Text>,
        locked_by -> Nullable<Text>,
        locked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    score_confirmations (id) {
        id -> Text,
        programme_id -> Text,
        application_id -> Text,
        reviews_counted -> Integer,
        reason -> Text,
        confirmed_by -> Text,
        confirmed_at -> Timestamp,
        digest -> Text,
    }
}

diesel::table! {
    selection_plans (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        state -> Text,
        body -> Text,
        digest -> Text,
        total -> BigInt,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    decisions (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        plan_id -> Text,
        minutes -> Text,
        decided_by -> Text,
        decided_at -> Timestamp,
    }
}

diesel::table! {
    notices (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        state -> Text,
        body -> Text,
        working_days -> Integer,
        starts_on -> Nullable<Text>,
        ends_on -> Nullable<Text>,
        provisional -> Bool,
        created_by -> Text,
        created_at -> Timestamp,
        published_by -> Nullable<Text>,
        published_at -> Nullable<Timestamp>,
        version -> Integer,
        checkpoint_size -> Nullable<BigInt>,
        checkpoint_root -> Nullable<Text>,
    }
}

diesel::table! {
    bureau_approvals (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        notice_id -> Text,
        document_number -> Text,
        approved_by -> Text,
        approved_at -> Timestamp,
    }
}

diesel::table! {
    awards (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        application_id -> Text,
        organization_id -> Text,
        reference -> Text,
        rank -> Integer,
        score -> BigInt,
        amount -> BigInt,
        state -> Text,
        sign_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    agreements (id) {
        id -> Text,
        programme_id -> Text,
        award_id -> Text,
        third_party -> Text,
        body -> Text,
        digest -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    signatures (id) {
        id -> Text,
        programme_id -> Text,
        agreement_id -> Text,
        party -> Text,
        digest -> Text,
        signed_by -> Text,
        signed_at -> Timestamp,
    }
}

diesel::table! {
    tranches (id) {
        id -> Text,
        programme_id -> Text,
        award_id -> Text,
        number -> Integer,
        share_bp -> Integer,
        amount -> BigInt,
        state -> Text,
        version -> Integer,
    }
}

diesel::table! {
    payment_requests (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        award_id -> Text,
        tranche_id -> Text,
        payee_account_id -> Text,
        amount -> BigInt,
        state -> Text,
        payee_digest -> Nullable<Text>,
        requested_by -> Text,
        confirmed_by -> Nullable<Text>,
        prepared_by -> Nullable<Text>,
        checked_by -> Nullable<Text>,
        approved_by -> Nullable<Text>,
        paid_by -> Nullable<Text>,
        bank_reference -> Nullable<Text>,
        created_at -> Timestamp,
        approved_at -> Nullable<Timestamp>,
        paid_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    ledger_accounts (round_id, code) {
        programme_id -> Text,
        round_id -> Text,
        code -> Text,
        balance -> BigInt,
        floor -> BigInt,
    }
}

diesel::table! {
    ledger_entries (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        kind -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        made_by -> Text,
        effective_on -> Text,
        recorded_at -> Timestamp,
        reverses_id -> Nullable<Text>,
    }
}

diesel::table! {
    ledger_postings (id) {
        id -> Text,
        entry_id -> Text,
        round_id -> Text,
        code -> Text,
        amount -> BigInt,
    }
}

diesel::table! {
    matching_rounds (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        name -> Text,
        proposer -> Text,
        state -> Text,
        confirmed_run_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    matching_preferences (id) {
        id -> Text,
        programme_id -> Text,
        matching_round_id -> Text,
        side -> Text,
        owner_id -> Text,
        choices -> Text,
        quota -> Integer,
        created_by -> Text,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    matching_runs (id) {
        id -> Text,
        programme_id -> Text,
        matching_round_id -> Text,
        number -> Integer,
        proposer -> Text,
        input_digest -> Text,
        seed -> Text,
        program_version -> Text,
        result -> Text,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    audit_entries (lane, seq) {
        lane -> Text,
        seq -> BigInt,
        at -> Timestamp,
        actor -> Nullable<Text>,
        role -> Nullable<Text>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        before_state -> Nullable<Text>,
        after_state -> Nullable<Text>,
        detail -> Text,
        previous_hash -> Text,
        hash -> Text,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        recipient -> Text,
        subject -> Text,
        body -> Text,
        cause -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        attempts -> Integer,
        sent_at -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
        channel -> Text,
        programme_id -> Nullable<Text>,
        dead_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    idempotency_records (actor, key) {
        actor -> Text,
        key -> Text,
        request_digest -> Text,
        status -> Integer,
        body -> Text,
        created_at -> Timestamp,
    }
}

// The call and the calendar.

diesel::table! {
    forms (round_id, number) {
        round_id -> Text,
        number -> Integer,
        body -> Text,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    review_batches (round_id, number) {
        round_id -> Text,
        number -> Integer,
        closed_by -> Text,
        closed_at -> Timestamp,
    }
}

diesel::table! {
    call_versions (round_id, number) {
        round_id -> Text,
        number -> Integer,
        kind -> Text,
        reason -> Text,
        body -> Text,
        digest -> Text,
        published_by -> Text,
        published_at -> Timestamp,
    }
}

diesel::table! {
    calendar_years (year) {
        year -> Integer,
        body -> Text,
        published -> Bool,
        updated_by -> Text,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    attachments (id) {
        id -> Text,
        programme_id -> Text,
        owner_kind -> Text,
        owner_id -> Text,
        field -> Text,
        name -> Text,
        media_type -> Text,
        bytes -> BigInt,
        sha256 -> Text,
        state -> Text,
        uploaded_by -> Text,
        uploaded_at -> Timestamp,
        deleted_at -> Nullable<Timestamp>,
    }
}

// Long work, imports, search.

diesel::table! {
    jobs (id) {
        id -> Text,
        programme_id -> Text,
        kind -> Text,
        subject_id -> Text,
        state -> Text,
        done_count -> Integer,
        total_count -> Integer,
        lease_until -> Nullable<Timestamp>,
        owner -> Nullable<Text>,
        attempts -> Integer,
        error -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    imports (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Nullable<Text>,
        kind -> Text,
        state -> Text,
        media -> Text,
        digest -> Text,
        row_count -> Integer,
        fault_count -> Integer,
        created_by -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        confirmed_by -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    import_contents (import_id) {
        import_id -> Text,
        sheet -> Text,
        preview -> Text,
        outcome -> Text,
    }
}

diesel::table! {
    import_faults (import_id, position) {
        import_id -> Text,
        position -> Integer,
        row_number -> Integer,
        column_code -> Nullable<Text>,
        code -> Text,
        params -> Text,
    }
}

diesel::table! {
    search_entries (kind, subject_id) {
        kind -> Text,
        subject_id -> Text,
        programme_id -> Text,
        round_id -> Nullable<Text>,
        folded -> Text,
        literal -> Text,
        initials -> Text,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(sessions, users);
diesel::joinable!(reviews -> applications (application_id));
diesel::allow_tables_to_appear_in_same_query!(reviews, applications);
diesel::allow_tables_to_appear_in_same_query!(applications, search_entries);
diesel::allow_tables_to_appear_in_same_query!(organizations, search_entries);

// Organisations and their people (2026-11-22-000005).
diesel::table! {
    admin_units (id) {
        id -> Text,
        programme_id -> Text,
        parent_id -> Nullable<Text>,
        level -> Text,
        name -> Text,
        code -> Text,
        active -> Bool,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    annual_checks (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Text,
        year -> Integer,
        result -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    listings (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Text,
        list -> Text,
        listed_on -> Text,
        removed_on -> Nullable<Text>,
        evidence -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    debarments (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Nullable<Text>,
        person_name -> Nullable<Text>,
        person_phone -> Nullable<Text>,
        reason -> Text,
        starts_on -> Text,
        ends_on -> Text,
        lifted_because -> Nullable<Text>,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    grades (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Text,
        level -> Integer,
        issued_on -> Text,
        expires_on -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    track_records (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Nullable<Text>,
        organization_name -> Text,
        year -> Integer,
        round_name -> Text,
        title -> Text,
        domain -> Nullable<Text>,
        amount -> BigInt,
        result -> Text,
        outcome -> Nullable<Text>,
        summary -> Text,
        debarred_until -> Nullable<Text>,
        source_kind -> Text,
        source_id -> Nullable<Text>,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    invitations (id) {
        id -> Text,
        programme_id -> Text,
        organization_id -> Text,
        name -> Text,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        role -> Text,
        token_digest -> Text,
        state -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        accepted_by -> Nullable<Text>,
        accepted_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    sign_in_codes (id) {
        id -> Text,
        phone -> Text,
        kind -> Text,
        code_digest -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        tries -> Integer,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    rate_limits (bucket) {
        bucket -> Text,
        began_at -> Timestamp,
        taken -> Integer,
    }
}

diesel::table! {
    notifications (id) {
        id -> Text,
        user_id -> Text,
        programme_id -> Nullable<Text>,
        subject -> Text,
        body -> Text,
        cause -> Text,
        created_at -> Timestamp,
        read_at -> Nullable<Timestamp>,
    }
}

// Reminders and letters.
diesel::table! {
    reminders (subject_kind, subject_id, due_on, days_before) {
        subject_kind -> Text,
        subject_id -> Text,
        due_on -> Text,
        days_before -> Integer,
        programme_id -> Text,
        sent_at -> Timestamp,
    }
}

diesel::table! {
    letter_templates (programme_id, cause, language) {
        programme_id -> Text,
        cause -> Text,
        language -> Text,
        subject -> Text,
        body -> Text,
        updated_by -> Text,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

// Codes of reviewers (2026-11-22-000025).
diesel::table! {
    review_secrets (round_id) {
        round_id -> Text,
        secret -> Text,
        created_at -> Timestamp,
    }
}

// Experts, conflicts of interest, panels (2026-11-22-000021).
diesel::table! {
    identity_keys (programme_id) {
        programme_id -> Text,
        key -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    expert_ties (id) {
        id -> Text,
        programme_id -> Text,
        expert_id -> Text,
        kind -> Text,
        organization_id -> Nullable<Text>,
        organization_name -> Text,
        person_name -> Text,
        until_year -> Nullable<Integer>,
        evidence -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
    }
}

diesel::table! {
    conflict_dismissals (id) {
        id -> Text,
        programme_id -> Text,
        application_id -> Text,
        expert_id -> Text,
        kind -> Text,
        evidence -> Text,
        reason -> Text,
        dismissed_by -> Text,
        dismissed_at -> Timestamp,
        conflict_id -> Nullable<Text>,
    }
}

diesel::table! {
    conflict_requests (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        application_id -> Text,
        person_name -> Text,
        kind -> Text,
        reasons -> Text,
        evidence -> Text,
        state -> Text,
        raised_by -> Text,
        raised_at -> Timestamp,
        expert_id -> Nullable<Text>,
        resolution -> Nullable<Text>,
        resolved_by -> Nullable<Text>,
        resolved_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    panel_draws (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        number -> Integer,
        seats -> Integer,
        finance_min -> Integer,
        seed -> Text,
        record -> Text,
        digest -> Text,
        state -> Text,
        supervisor_id -> Text,
        drawn_by -> Text,
        drawn_at -> Timestamp,
        attested_at -> Nullable<Timestamp>,
        cancelled_by -> Nullable<Text>,
        cancelled_at -> Nullable<Timestamp>,
        cancel_reason -> Nullable<Text>,
        version -> Integer,
        track -> Nullable<Text>,
        batch -> Nullable<Integer>,
    }
}

diesel::table! {
    panel_seats (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        expert_id -> Text,
        draw_id -> Nullable<Text>,
        substitute_for -> Nullable<Text>,
        state -> Text,
        reason -> Text,
        seated_by -> Text,
        seated_at -> Timestamp,
        vacated_by -> Nullable<Text>,
        vacated_at -> Nullable<Timestamp>,
        vacated_because -> Nullable<Text>,
        version -> Integer,
        track -> Nullable<Text>,
        batch -> Nullable<Integer>,
        attested_by -> Nullable<Text>,
        attested_at -> Nullable<Timestamp>,
    }
}
diesel::joinable!(memberships -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(memberships, users);

// Assignment plans (2026-11-22-000022).
diesel::table! {
    assignment_plans (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        number -> Integer,
        state -> Text,
        stage -> Text,
        reading -> Integer,
        objective -> Text,
        seed -> Text,
        basis -> Integer,
        parameters -> Text,
        input -> Text,
        input_digest -> Text,
        result -> Text,
        program_version -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        adopted_by -> Nullable<Text>,
        adopted_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

// Score sheets: deadlines, signatures, the defence (2026-11-22-000023).
diesel::table! {
    review_schedules (round_id) {
        round_id -> Text,
        programme_id -> Text,
        desk_due_at -> Nullable<Timestamp>,
        desk_closes_at -> Nullable<Timestamp>,
        defence_due_at -> Nullable<Timestamp>,
        defence_closes_at -> Nullable<Timestamp>,
        set_by -> Text,
        set_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    review_extensions (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        expert_id -> Text,
        stage -> Text,
        closes_at -> Timestamp,
        reason -> Text,
        given_by -> Text,
        given_at -> Timestamp,
    }
}

diesel::table! {
    sheet_reminders (round_id, stage, told, due_at, days_before) {
        round_id -> Text,
        stage -> Text,
        told -> Text,
        due_at -> Timestamp,
        days_before -> Integer,
        programme_id -> Text,
        open_sheets -> BigInt,
        sent_at -> Timestamp,
    }
}

diesel::table! {
    review_versions (review_id, number) {
        review_id -> Text,
        number -> Integer,
        programme_id -> Text,
        marks -> Text,
        mark_comments -> Text,
        suggested_amount -> Nullable<BigInt>,
        comment -> Text,
        staff_comment -> Text,
        total -> BigInt,
        signed -> Text,
        digest -> Text,
        signed_at -> Timestamp,
    }
}

diesel::table! {
    supervisor_notes (id) {
        id -> Text,
        programme_id -> Text,
        review_id -> Text,
        reason -> Text,
        written_by -> Text,
        written_at -> Timestamp,
        used_by -> Nullable<Text>,
        used_at -> Nullable<Timestamp>,
        opened -> Nullable<Integer>,
    }
}

diesel::table! {
    defence_sessions (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        number -> Integer,
        starts_at -> Timestamp,
        place -> Text,
        minutes -> Integer,
        seed -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    defence_slots (session_id, application_id) {
        session_id -> Text,
        application_id -> Text,
        programme_id -> Text,
        round_id -> Text,
        reference -> Text,
        lot -> Integer,
        drawn -> Text,
        position -> Integer,
        moved_because -> Text,
        postponed_because -> Text,
    }
}

// Ranking, re-review, freezing (2026-11-22-000024).
diesel::table! {
    re_reviews (id) {
        id -> Text,
        programme_id -> Text,
        round_id -> Text,
        application_id -> Text,
        stage -> Text,
        kind -> Text,
        expert_id -> Nullable<Text>,
        reading -> Integer,
        state -> Text,
        reason -> Text,
        before_scores -> Text,
        ordered_by -> Text,
        ordered_at -> Timestamp,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<Timestamp>,
        note -> Text,
        version -> Integer,
        ground -> Text,
        ordered_as -> Text,
    }
}

diesel::table! {
    review_snapshots (round_id, kind) {
        round_id -> Text,
        kind -> Text,
        programme_id -> Text,
        body -> Text,
        digest -> Text,
        created_at -> Timestamp,
    }
}

// What was signed of the sheets of a round (2026-11-22-000037).
diesel::allow_tables_to_appear_in_same_query!(reviews, review_versions);
diesel::allow_tables_to_appear_in_same_query!(reviews, supervisor_notes);

// The conduct of the review (2026-11-22-000035).
diesel::table! {
    withheld_results (application_id) {
        application_id -> Text,
        programme_id -> Text,
        round_id -> Text,
        state -> Text,
        version -> Integer,
    }
}
diesel::allow_tables_to_appear_in_same_query!(applications, withheld_results);

// Evidence (2026-11-22-000042).
diesel::table! {
    audit_leaves (position) {
        position -> BigInt,
        lane -> Text,
        seq -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    log_leaves (position) {
        position -> BigInt,
        kind -> Text,
        subject -> Text,
        entry -> Text,
        hash -> Text,
    }
}

diesel::table! {
    tree_nodes (tree, level, position) {
        tree -> Text,
        level -> Integer,
        position -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    audit_checkpoints (size) {
        size -> BigInt,
        root -> Text,
        sealed_at -> Timestamp,
        rows_size -> BigInt,
        key_id -> Text,
        note -> Text,
    }
}

diesel::table! {
    evidence_keys (id) {
        id -> Text,
        verifier -> Text,
        first_used_at -> Timestamp,
    }
}

diesel::table! {
    public_statements (subject) {
        subject -> Text,
        digest -> Text,
        lane -> Text,
        seq -> BigInt,
        row_hash -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        owner -> Text,
        token -> BigInt,
        until -> Timestamp,
    }
}

// Identity (2026-11-22-000040).
diesel::table! {
    past_passwords (id) {
        id -> Text,
        user_id -> Text,
        password_hash -> Text,
        replaced_at -> Timestamp,
    }
}

diesel::table! {
    password_resets (token_digest) {
        token_digest -> Text,
        user_id -> Text,
        sent_to -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    second_factors (user_id) {
        user_id -> Text,
        sealed_secret -> Text,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        last_step -> BigInt,
    }
}

diesel::table! {
    recovery_codes (user_id, code_digest) {
        user_id -> Text,
        code_digest -> Text,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        user_id -> Text,
        name -> Text,
        token_digest -> Text,
        scope -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        last_used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    setup_tokens (token_digest) {
        token_digest -> Text,
        created_at -> Timestamp,
    }
}

diesel::joinable!(api_tokens -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(api_tokens, users);

// Personal data (2026-11-22-000044).
diesel::table! {
    data_keys (id) {
        id -> Text,
        fingerprint -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    blind_indexes (place, row_id) {
        place -> Text,
        row_id -> Text,
        digest -> Text,
    }
}

diesel::table! {
    personal_data_accesses (id) {
        id -> Text,
        programme_id -> Nullable<Text>,
        actor_id -> Text,
        role -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        field -> Text,
        purpose -> Text,
        reason -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    erasure_requests (id) {
        id -> Text,
        user_id -> Text,
        state -> Text,
        reason -> Text,
        requested_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        note -> Text,
        certificate -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    consents (id) {
        id -> Text,
        user_id -> Text,
        kind -> Text,
        notice_version -> Text,
        given_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

// Administrative posts and view-as (2026-11-22-000046).
diesel::table! {
    separation_of_posts (id) {
        id -> Text,
        may_be_combined -> Bool,
        reason -> Text,
        set_by -> Text,
        set_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    viewings (id) {
        id -> Text,
        viewer_id -> Text,
        subject_id -> Text,
        reason -> Text,
        state -> Text,
        asked_at -> Timestamp,
        agreed_by -> Nullable<Text>,
        agreed_at -> Nullable<Timestamp>,
        token_digest -> Nullable<Text>,
        expires_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}
