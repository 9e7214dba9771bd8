package import PluginKit

/// Every statement that the kernel runs, by the role that runs it, so that all can be checked against the schema.
package enum KernelStatements {
    /// Run inside a tenant, as the application role.
    package static let tenant: [any Statement.Type] = [
        RecordAuditEvent.self, ListAuditEvents.self,
        ListRoles.self, FindRole.self, FindRoles.self, WriteRole.self,
        LockDataKeys.self, HoldDataKeys.self, AddFirstDataKey.self, ListDataKeys.self, ListListingKeys.self,
        RewrapDataKey.self, AddNextDataKey.self, RetireActiveDataKey.self, PromoteNextDataKey.self,
        DeleteLoginEntriesOfKey.self, DestroyDataKey.self, CountSealedCells.self, ListCellsOfOtherKeys.self,
        ReplaceCell.self,
        ReserveAttempt.self, RefundAttempt.self, ReserveFailure.self, ForgetFailures.self, ForgetAllFailures.self,
        AddFactor.self, ListFactors.self, CountPeopleWithFactor.self, ConfirmFactor.self, TouchFactor.self,
        RemoveFactor.self,
        RemovePendingFactors.self, RemoveBackup.self, RemoveFactors.self, StrengthenSession.self,
        AddEnrollmentTicket.self, FindEnrollmentTicket.self, SpendEnrollmentTicket.self, SpendEnrollmentTickets.self,
        FindDevice.self, AddDevice.self, ForgetDevice.self, ForgetDevices.self,
        SyncSecondFactorDuties.self, BeginGrace.self, EndGrace.self, ListAskedPeople.self, CountFactorsByRole.self,
        ClaimIdempotencyKey.self, FindAnswer.self, KeepAnswer.self, ForgetAnswer.self,
        InsertUser.self, AddLoginEntry.self, AddMissingLoginEntry.self, DeleteLoginEntries.self, ListUnlistedUsers.self,
        FindUser.self, ListUsers.self, FindUserByLogin.self, FindSealedLogin.self, FindAuthority.self,
        LockUser.self, LockOwners.self, CountOtherOwners.self, UpdateUser.self, SetUserState.self, AssignRoles.self,
        WithdrawRoles.self, EraseSignIn.self,
        LockInvitations.self, InsertInvitation.self, ListOpenInvitations.self, SetInvitationEntry.self,
        RevokeOpenInvitation.self, RevokeInvitation.self,
        FindInvitationRoles.self, FindInvitationOfLogin.self, ListInvitations.self, FindOpenInvitation.self,
        SpendInvitation.self, NameInvited.self, FindInvitingKey.self,
        MarkTenantOwned.self,
        DropOverdueSignUp.self, AddSignUp.self, ListSignUps.self, TakeSignUp.self, ListAllSignUps.self,
        SetSignUpEntry.self,
        LockSigningKeys.self, ListSigningKeys.self, RetireSigningKey.self, PromoteSigningKey.self, AddSigningKey.self,
        StartSession.self, AddRefreshToken.self, FindLiveSession.self, RotateRefreshToken.self,
        FindSpentRefreshToken.self, FindRefreshTokenOwner.self, ListSessions.self, CountLiveSessions.self,
        EndSession.self,
        EndSessionsOfUser.self, ListEndedSessions.self, HoldSessionEpoch.self, RaiseSessionEpoch.self,
        InsertAPIKey.self, FindLiveKey.self, LockKeyNames.self, AddKeySecret.self, LockAPIKey.self,
        ListOpenSecrets.self, RetireKeySecret.self,
        RestoreKeySecret.self, EndKeySecret.self, RevokeAPIKey.self, HideAPIKey.self, UpdateAPIKey.self,
        FindAPIKey.self, ListAPIKeys.self, ListKeySecrets.self, ListKeyCallers.self, ListOverdueKeys.self,
        FindKeyPolicy.self, WriteKeyPolicy.self, MoveKeyAges.self, CountOverdueUnder.self, CountLiveKeys.self,
        FindKeyByHash.self, ListHashKeys.self, LockHashKeys.self, AddFirstHashKey.self, AddNextHashKey.self,
        ListHashKeyUse.self, DestroyHashKeys.self,
        LockUsedSecrets.self, CountKeyUses.self, NoteKnownCallers.self, CountKeyCallers.self, AddKeyCallers.self,
        ReplaceQuietCallers.self,
        InsertKeyRotation.self, PlanKeyRotation.self, AddRotatedStep.self, ListPendingSteps.self, LockPendingStep.self,
        SettleStep.self,
        CancelRotation.self, CancelRotatedStep.self, ListOverlappingSteps.self, ListKeyRotations.self,
        ListSkippedKeys.self, ListOldSecretsInUse.self,
        SetKeyAlarm.self, TakeKeyAlarm.self, ResetKeyAlarm.self, ListDueSecrets.self, PostponeSecret.self,
        ListOpenTables.self, PlantForeignRow.self, ShowContext.self, ClaimContext.self,
        RegisterTenant.self, AddFirstRevision.self, AddRevision.self, FindRevision.self, ListRevisions.self,
        DestroyTenantKeys.self, EstimateTenant.self, PurgeTenant.self,
        BeginSignInTransaction.self, FindSignInTransaction.self, TrustSignInTransaction.self,
        SpendSignInTransaction.self, SpendSignInTransactions.self,
    ]

    /// Run on the registry, as the platform role.
    package static let platform: [any Statement.Type] = [
        FreeSlugs.self, RegisterFileTenants.self, FindTenants.self, FindTenant.self, FindTenantByID.self,
        FindTenantByTag.self, FindTenantByDomain.self,
        AddDomain.self, FindDomain.self, FindDomainHolder.self, ListDomains.self, VerifyDomain.self, LapseDomain.self,
        RemoveDomain.self, FindHeldDomains.self, DropDeclaredDomains.self,
        DeclareDomains.self,
        ListTenants.self, ListTroubledTenants.self, NoteTenantTrouble.self, SetTenantState.self, SetTenantIssuer.self,
        ListUnsealedTenants.self, MarkTenantSealed.self,
        BeginDeletion.self, FindOperation.self, FindDeletion.self, ClaimOperation.self, RenewOperation.self,
        ReleaseOperation.self, FinishDeletion.self, ListDepartingTenants.self,
        InsertOperator.self, FindOperatorByKey.self, FindOperator.self, ListOperators.self, RotateOperatorKey.self,
        RevokeOperator.self, NoteRefusedOperatorKey.self, RecordPlatformEvent.self,
    ]

    /// Run across tenants, as the maintenance role.
    package static let maintenance: [any Statement.Type] = [
        PurgeAttempts.self, PurgeIdempotencyKeys.self, PurgeSignInTransactions.self, PurgeSessions.self,
        PurgeInvitations.self, PurgeSignUps.self, PurgePendingFactors.self, PurgeEnrollmentTickets.self,
        PurgeDevices.self,
        PurgeFailures.self, PurgeAPIKeys.self, PurgePeople.self, PurgeKeySecrets.self, PurgeKeyRotations.self,
        ListTenantsWithAlarm.self,
        ListTenantsWithOverdueKeys.self,
    ]
}
