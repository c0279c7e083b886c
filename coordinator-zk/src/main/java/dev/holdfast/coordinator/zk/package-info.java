/**
 * The coordinator contract on ZooKeeper.
 *
 * <p><b>The client.</b> Curator carries the connection: ensemble, identity, TLS. Everything here
 * rests on the order that one session keeps: answers in the order of requests, an event before any
 * answer that shows its change. So each session is a {@link dev.holdfast.coordinator.zk.Generation}
 * with one handle, which Curator may neither replace nor repeat requests on (docs/adr/0010).
 *
 * <p><b>Entries</b> are znodes, see {@link dev.holdfast.coordinator.zk.ZkPaths}. Version and
 * revision of an entry are the zxid that wrote it, which never comes twice; ZooKeeper can only
 * check the data version, which does after a deletion. So each entry lies in a {@link
 * dev.holdfast.coordinator.zk.Bucket} that every creation and deletion sets: {@link
 * dev.holdfast.coordinator.zk.Plan} checks both (R7). An entry that ends with a lease is an
 * ordinary znode that names a session; it counts as deleted as soon as that session's one ephemeral
 * znode is gone, and is removed later. An ephemeral znode for each would vanish without its bucket
 * being set.
 *
 * <p><b>Reads.</b> {@link dev.holdfast.coordinator.zk.Mirror} is what this process has applied.
 * {@link dev.holdfast.coordinator.zk.ReadBarrier} proves, by a check-only {@code multi} for all who
 * wait, that it is not behind (R4).
 *
 * <p><b>Commits</b> are one {@code multi} each, up to 64 of a node under way at once. Several in
 * one {@code multi} would be cheaper and would lose their independence: one failed check refuses
 * all. Each takes a beat znode of its own, so the results of all that are open are kept side by
 * side, and an unanswered one is settled by setting its beat at the same version, {@link
 * dev.holdfast.coordinator.zk.Beats} (R1).
 *
 * <p><b>Revisions</b> are zxids, with gaps. They rise over a change of leader (the epoch is in the
 * high bits), not over a restore of an older copy: {@link dev.holdfast.coordinator.zk.Root} refuses
 * that (R9). A state that is imported from another cluster may know of higher ones: then {@link
 * dev.holdfast.coordinator.zk.RevisionRaise} adds a base to all that follow, {@link
 * dev.holdfast.coordinator.zk.Revisions}. Only what goes out of this package and comes in counts
 * with it.
 *
 * <p><b>Who owns what.</b> {@link dev.holdfast.coordinator.zk.ZkLink}: which session there is.
 * {@link dev.holdfast.coordinator.zk.ZkSession}: which connection it has, and how far that is
 * loaded. {@link dev.holdfast.coordinator.zk.Requests}: what is asked and not answered. {@link
 * dev.holdfast.spi.coordinator.support.LocalLease}: until when we may believe in ourselves. {@link
 * dev.holdfast.coordinator.zk.Feed}: what of a session is heard. {@link
 * dev.holdfast.coordinator.zk.Pending}: what was told of and is not applied. {@link
 * dev.holdfast.coordinator.zk.Cells}, {@link dev.holdfast.coordinator.zk.Leases}, {@link
 * dev.holdfast.coordinator.zk.Buckets}: what is applied. The last five are under the one lock of
 * the mirror, and nothing waits or does I/O under it but to queue a request.
 *
 * <p><b>Four walks.</b>
 *
 * <ul>
 *   <li><i>A commit, until its watchers hear of it</i>: {@code Committer} judges, {@code Lookup}
 *       tells what is known, {@code PlanSender} takes a beat and tells the feed which keys it
 *       writes; then on the event thread {@code Feed.event} for each change, the beat's closes the
 *       {@code Group}, {@code Feed.answered} brings the values, {@code Pending.advance} applies and
 *       hands the changes to {@code zk-watch}.
 *   <li><i>A linearizable read</i>: {@code ReadBarrier} joins the check that is to be sent next; at
 *       its answer {@code Feed.barrierAtAnswer} completes once all that was told before is applied;
 *       the caller then asks the mirror.
 *   <li><i>A connection that broke</i>: {@code ZkSession.process} counts the new one and {@code
 *       Feed.begin} forgets what is under way; a {@code Load} reads all again beside the events;
 *       {@code Feed.loaded} asks every watch to scan, and lets those go on who waited (R6).
 *   <li><i>A session that is over</i>: by our own clock {@code ZkLink.keep} sees {@code
 *       LocalLease.isOver}, gives the lease up first, and opens another session; what the old one
 *       still tells is dropped by the feed (R3). The others hear that its znode is gone, and its
 *       entries count as deleted from that moment; the first to come removes them, {@code
 *       Committer.sweep}.
 * </ul>
 *
 * <p><b>Threads.</b> {@code zk-session} opens, renews and replaces sessions; the event thread of
 * the client feeds the mirror; {@code zk-watch} calls the listeners; callers block on their own.
 */
@NullMarked
package dev.holdfast.coordinator.zk;

import org.jspecify.annotations.NullMarked;
