/**
 * The replicated map: each entry {@code map/<map>/<key>} is an entry of the coordinator, and its
 * version the map's. A write needs no home and no lane: {@link dev.holdfast.core.map.MapAttempt}
 * says what to commit, and what a conflict means.
 */
@NullMarked
package dev.holdfast.core.map;

import org.jspecify.annotations.NullMarked;
