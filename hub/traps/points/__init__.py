"""Points (らづポイント) and bounty: two ledgers that only grow, corrected by reversal, exported month by month."""
