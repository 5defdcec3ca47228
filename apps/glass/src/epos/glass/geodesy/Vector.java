package epos.glass.geodesy;

/** Three numbers along three axes: x, y, z of the earth, or east, north, up of a place. */
public record Vector(double x, double y, double z) {

    public Vector plus(Vector other) {
        return new Vector(x + other.x, y + other.y, z + other.z);
    }

    public Vector minus(Vector other) {
        return new Vector(x - other.x, y - other.y, z - other.z);
    }

    public Vector times(double factor) {
        return new Vector(x * factor, y * factor, z * factor);
    }

    /** The cross product. */
    public Vector cross(Vector other) {
        return new Vector(
                y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x);
    }

    double dot(Vector other) {
        return x * other.x + y * other.y + z * other.z;
    }
}
