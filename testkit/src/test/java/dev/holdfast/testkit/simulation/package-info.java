/**
 * Whole clusters in one thread, from a seed. The decisions are the real ones: {@code core}'s folds,
 * proposals, locks, sessions and claims' news on the nodes, and the client's {@code SessionLink},
 * {@code Holds} and {@code Hold}. What is simulated is what surrounds them: time, chance, the
 * network, agreement, and the node's shells, which here call back instead of blocking.
 *
 * <p>A run has two parts. In the first one the {@link dev.holdfast.testkit.simulation.Fault faults}
 * that the seed has chosen strike; the {@link dev.holdfast.testkit.simulation.Judge} looks at every
 * commit and at whatever a client comes to believe. Then all is healed, and within bounded time
 * every waiter must be served and everything be given back.
 *
 * <p>{@link dev.holdfast.testkit.simulation.Simulation} replays a seed.
 */
@NullMarked
package dev.holdfast.testkit.simulation;

import org.jspecify.annotations.NullMarked;
