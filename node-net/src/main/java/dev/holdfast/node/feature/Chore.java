// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.feature;

import java.time.Duration;

/**
 * Work that nobody waits for.
 *
 * @param pause between the end of one run and the begin of the next
 * @param name for the log, e.g. {@code sweep locks}
 * @param work may block; what it throws is logged and counted, and does not end the chore
 */
public record Chore(Duration pause, String name, Runnable work) {}
