/**
 * Who is in the cluster and who is alive: the cluster map, leases, founding, joining and leaving.
 */
@NullMarked
package dev.holdfast.node.cluster;

import org.jspecify.annotations.NullMarked;
