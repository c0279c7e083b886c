// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.map;

import dev.holdfast.core.map.MapReply;

/**
 * @param revision at which the reply was true; of the commit when it is {@link MapReply.Written}
 */
public record MapOutcome(MapReply reply, long revision) {}
