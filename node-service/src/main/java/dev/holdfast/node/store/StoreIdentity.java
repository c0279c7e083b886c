package dev.holdfast.node.store;

/**
 * Whose folder it is.
 *
 * @param incarnation of the node's data folder: an emptied one has a new one
 */
public record StoreIdentity(String nodeId, String incarnation) {}
