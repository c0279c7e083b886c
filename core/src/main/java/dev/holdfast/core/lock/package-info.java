/**
 * Fair locks with fencing tokens.
 *
 * <p>A lock is one entry, {@link dev.holdfast.core.lock.LockState}, changed by one pure function,
 * {@link dev.holdfast.core.lock.LockTransition}. Its owners are sessions and holder ids, never
 * threads or connections.
 *
 * <h2>Order</h2>
 *
 * Requests are served first come, first served, and nobody overtakes: a shared request behind a
 * waiting exclusive one waits, a small request for permits waits behind a large one. A release and
 * the grants that it makes possible are one commit; shared waiters next to each other are granted
 * together.
 *
 * <h2>Claims (R17)</h2>
 *
 * The commit that enqueues or grants also writes {@code claim/<session>/<lock>/<holder>}, and the
 * one that releases or withdraws deletes it. So the claims of a session are all that it holds and
 * waits for, and nobody has to search the locks when it ends. A held claim is not rewritten as long
 * as its token lasts: its version is what a fenced write asks for.
 *
 * <h2>Downgrade</h2>
 *
 * One commit makes an exclusive grant a shared one, so no writer can come in between, and lets in
 * the shared waiters at the head of the queue. It gives a new token and rewrites the claim: a write
 * under the old token that is still on its way is refused, and cannot change what the readers look
 * at. There is no upgrade: two shared holders that both wait for it would wait for ever.
 *
 * <h2>Delay</h2>
 *
 * A grant may name a delay. It changes nothing here: whoever ends the claims of a session that
 * expired leaves that claim until the delay has passed, by its own clock (R10).
 *
 * <h2>Requests that arrive twice, late, or after their cancel (R12, R13)</h2>
 *
 * There is no list of remembered replies. An acquire commits on two side conditions: its session
 * exists, and its claim is <em>absent since</em> the revision that the client had seen when it
 * first sent the request. While the owner holds or waits, the entry shows it, and a duplicate gets
 * the same token or its place. When that has ended, the claim was deleted after the revision that
 * the duplicate names, and the duplicate is refused as {@link
 * dev.holdfast.core.lock.LockReply.StaleRequest}. The mark of the deletion is on the claim, not on
 * the lock, so it also holds when the lock was forgotten and is absent: an acquire that is older
 * than the deletion of the <em>lock</em> needs no further check, and is granted if this owner has
 * not had its answer already.
 *
 * <p>A cancel deletes the claim even if there is none: that leaves the mark which refuses the
 * request when it arrives after its cancel. Whoever gives up on an acquire that was ever sent and
 * not answered must therefore cancel it, also after a later try of it was answered with {@link
 * dev.holdfast.core.lock.LockReply.LockHeld}. A release needs no mark: it names the token of a
 * grant, and a grant ends once.
 *
 * <p>A cancel may itself come late, after its owner has asked anew: a node that did not answer may
 * still have it in a queue. So it names how the {@link dev.holdfast.core.lock.ClaimSight claim}
 * stood when it was first sent, and commits on the condition that nothing has happened to the claim
 * since. It then acts on that request and on no other, and a second copy finds the mark of the
 * first. Otherwise the reply is {@link dev.holdfast.core.lock.LockReply.Moved}, and whoever still
 * wants the cancel reads the claim and sends a new one.
 *
 * <h2>Waiters whose session has ended</h2>
 *
 * A grant commits on the condition that the session of its owner exists. If the session of a waiter
 * has ended, that must refuse neither the release that would grant to it nor the next waiter. So
 * {@link dev.holdfast.core.lock.LockTransition#refuse} blames nobody for it: the batch is made
 * again with the session known to be absent, which it stays for ever, and the waiter is passed over
 * and its claim deleted. From then on the batch asks for the sessions of all waiters in the entry,
 * since sessions often end together and each conflict is a commit. The home of the session that
 * ended will find nothing left to do.
 *
 * <h2>Tokens (R18)</h2>
 *
 * Each grant raises the fence of the lock by one and takes it as its token. A lock may be forgotten
 * when it is not in use and its fence is below the revision of the observation that this was
 * decided on; a lock that is made again begins with the revision {@code r} of the observation that
 * showed it absent. Then tokens rise over both. Proof: let the lock be forgotten with fence {@code
 * f}, decided on an observation at revision {@code p}, by the commit {@code d}. That commit asks
 * that the entry has not moved, so its fence was still {@code f}, and {@code f < p < d}. The lock
 * is made again on the condition "absent since r", which fails if it was deleted after {@code r};
 * so {@code r ≥ d}, and its first token is {@code r + 1 > d > f}. Within one batch a lock that
 * vanishes and comes back is decided at one revision {@code p = r}, and {@code f < p} gives {@code
 * r + 1 > f}. When grants are folded, the fence may be ahead of the revision for a while; such a
 * lock cannot be forgotten before the revision has overtaken it.
 *
 * <p>"Refuse lower tokens" protects a foreign resource against late exclusive holders only: shared
 * holders, and holders of permits, have different tokens and work at the same time.
 *
 * <h2>Long queues (R20)</h2>
 *
 * The entry holds 64 waiters. The others are entries {@code wait/<lock>/<ticket>}, with tickets
 * that only rise; once there are any, every new request goes there, or it would overtake them. For
 * the same reason nothing is granted to a newcomer while the list in the entry is empty and others
 * wait beside it. When fewer than 16 are left in the entry, {@link
 * dev.holdfast.core.lock.LockOutcome#refillNeeded()} asks the home to read the next tickets and
 * send a {@link dev.holdfast.core.lock.LockCommand.Refill}. If the home dies in between, {@link
 * dev.holdfast.core.lock.LockView#refillNeeded()} shows it to whoever looks after the locks.
 *
 * <p>The tickets are read by name and not by a scan, since a scan has the backend's order. The
 * entry does not know who waits beside it; only the claim does. A command that has to know commits
 * on the condition that there is no claim, and if that fails the conflict brings the claim along.
 */
@NullMarked
package dev.holdfast.core.lock;

import org.jspecify.annotations.NullMarked;
