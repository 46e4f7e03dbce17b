# SPDX-License-Identifier: BSD-3-Clause
"""A strict reader of VTK's PolyData with raw appended data: read_vtp.py FILE.vtp FILE.csv [vtk]
compares it with the text of the same evaluation; vtk: with what VTK's own reader reads, too."""
import struct
import sys
import xml.etree.ElementTree as xml

TYPES = {"Float32": "f", "Float64": "d", "Int64": "q"}


def read(path):
    data = open(path, "rb").read()
    begin = data.index(b"_", data.index(b"<AppendedData")) + 1
    end = data.rindex(b"\n</AppendedData>")
    root = xml.fromstring(data[:begin] + data[end:])
    assert root.attrib["type"] == "PolyData" and root.attrib["header_type"] == "UInt64"
    order = {"LittleEndian": "<", "BigEndian": ">"}[root.attrib["byte_order"]]
    piece = root.find("PolyData/Piece")
    n, arrays, expected = int(piece.attrib["NumberOfPoints"]), {}, 0
    assert int(piece.attrib["NumberOfVerts"]) == n
    for element in piece.iter("DataArray"):
        width, letter = int(element.attrib["NumberOfComponents"]), TYPES[element.attrib["type"]]
        offset = int(element.attrib["offset"])
        assert offset == expected and element.attrib["format"] == "appended"
        (size,) = struct.unpack_from(order + "Q", data, begin + offset)
        assert size == n * width * struct.calcsize(letter)
        values = struct.unpack_from(f"{order}{n * width}{letter}", data, begin + offset + 8)
        arrays[element.attrib["Name"]] = [values[i * width : (i + 1) * width] for i in range(n)]
        expected = offset + 8 + size
    assert begin + expected == end
    return n, arrays


def read_text(path):
    lines = [line.strip() for line in open(path) if not line.startswith("#")]
    names = lines[0].split(",")
    return names, [[float(v) for v in line.split(",")] for line in lines[1:]]


def near(a, b):
    assert abs(a - b) <= 1e-8 * max(abs(b), 1e-300), (a, b)


n, arrays = read(sys.argv[1])
names, rows = read_text(sys.argv[2])
assert n == len(rows) and [v[0] for v in arrays["connectivity"]] == list(range(n))
assert [v[0] for v in arrays["offsets"]] == list(range(1, n + 1))
for column, name in enumerate(names):
    base, axis = name, 0
    if name in "xyz":
        base, axis = "points", "xyz".index(name)
    elif "_" in name:
        base, axis = "gradient" + name[-1], "xyz".index(name[-2])
    for row in range(n):
        near(arrays[base][row][axis], rows[row][column])

if sys.argv[3:] == ["vtk"]:
    from vtkmodules.vtkIOXML import vtkXMLPolyDataReader

    reader = vtkXMLPolyDataReader()
    reader.SetFileName(sys.argv[1])
    reader.Update()
    mesh = reader.GetOutput()
    assert reader.GetErrorCode() == 0 and mesh.GetNumberOfPoints() == n == mesh.GetNumberOfVerts()
    data = mesh.GetPointData()
    assert data.GetNumberOfArrays() == 4
    for row in range(n):
        assert mesh.GetPoint(row) == arrays["points"][row]
        for name in ("potential1", "potential2", "gradient1", "gradient2"):
            assert data.GetArray(name).GetTuple(row) == arrays[name][row], name
