/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "kql/fn/fn.h"

/*
 * convert_length() and its like: each unit is so many of the one that the
 * quantity is counted in, a numerator and a denominator so that what is exact
 * in the other direction stays so.  Temperatures have a zero of their own; a
 * tilt, whose numerator is 0, is the sine of an angle.
 */
struct unit {
	const char *name;
	double numerator, denominator, zero;
};

static const struct unit length[] = {
	{ "Meter", 1, 1, 0 },
	{ "Kilometer", 1000, 1, 0 },
	{ "Hectometer", 100, 1, 0 },
	{ "Decameter", 10, 1, 0 },
	{ "Decimeter", 1, 10, 0 },
	{ "Centimeter", 1, 100, 0 },
	{ "Millimeter", 1, 1000, 0 },
	{ "Micrometer", 1, 1000000, 0 },
	{ "Nanometer", 1, 1000000000, 0 },
	{ "Angstrom", 1, 10000000000, 0 },
	{ "AstronomicalUnit", 149597870700, 1, 0 },
	{ "Chain", 20.1168, 1, 0 },
	{ "DataMile", 1828.8, 1, 0 },
	{ "DtpPica", 0.0254, 6, 0 },
	{ "DtpPoint", 0.0254, 72, 0 },
	{ "Fathom", 1.8288, 1, 0 },
	{ "Foot", 0.3048, 1, 0 },
	{ "Hand", 0.1016, 1, 0 },
	{ "Inch", 0.0254, 1, 0 },
	{ "LightYear", 9460730472580800.0, 1, 0 },
	{ "KilolightYear", 9.4607304725808e+18, 1, 0 },
	{ "MegalightYear", 9.4607304725808e+21, 1, 0 },
	{ "Microinch", 2.54e-08, 1, 0 },
	{ "Mil", 2.54e-05, 1, 0 },
	{ "Mile", 1609.344, 1, 0 },
	{ "NauticalMile", 1852, 1, 0 },
	{ "Parsec", 3.085677581491367e+16, 1, 0 },
	{ "Kiloparsec", 3.085677581491367e+19, 1, 0 },
	{ "Megaparsec", 3.085677581491367e+22, 1, 0 },
	{ "PrinterPica", 0.30479999999999996, 72.27, 0 },
	{ "PrinterPoint", 0.0254, 72.27, 0 },
	{ "Shackle", 27.432, 1, 0 },
	{ "SolarRadius", 695700000, 1, 0 },
	{ "Twip", 0.0254, 1440, 0 },
	{ "UsSurveyFoot", 1200, 3937, 0 },
	{ "Yard", 0.9144, 1, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit mass[] = {
	{ "Kilogram", 1, 1, 0 },
	{ "Gram", 1, 1000, 0 },
	{ "Hectogram", 1, 10, 0 },
	{ "Decagram", 1, 100, 0 },
	{ "Decigram", 1, 10000, 0 },
	{ "Centigram", 1, 100000, 0 },
	{ "Milligram", 1, 1000000, 0 },
	{ "Microgram", 1, 1000000000, 0 },
	{ "Nanogram", 1, 1000000000000, 0 },
	{ "EarthMass", 5.9722e+24, 1, 0 },
	{ "Grain", 6.479891e-05, 1, 0 },
	{ "Kilopound", 453.59237, 1, 0 },
	{ "Kilotonne", 1000000, 1, 0 },
	{ "LongHundredweight", 50.80234544, 1, 0 },
	{ "LongTon", 1016.0469088, 1, 0 },
	{ "Megapound", 453592.37, 1, 0 },
	{ "Megatonne", 1000000000, 1, 0 },
	{ "Ounce", 0.45359237, 16, 0 },
	{ "Pound", 0.45359237, 1, 0 },
	{ "ShortHundredweight", 45.359237, 1, 0 },
	{ "ShortTon", 907.18474, 1, 0 },
	{ "Slug", 14.593902937206364, 1, 0 },
	{ "SolarMass", 1.98892e+30, 1, 0 },
	{ "Stone", 6.35029318, 1, 0 },
	{ "Tonne", 1000, 1, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit energy[] = {
	{ "Joule", 1, 1, 0 },
	{ "Millijoule", 1, 1000, 0 },
	{ "Kilojoule", 1000, 1, 0 },
	{ "Megajoule", 1000000, 1, 0 },
	{ "Gigajoule", 1000000000, 1, 0 },
	{ "BritishThermalUnit", 1055.05585262, 1, 0 },
	{ "KilobritishThermalUnit", 1055055.85262, 1, 0 },
	{ "MegabritishThermalUnit", 1055055852.62, 1, 0 },
	{ "GigabritishThermalUnit", 1055055852620, 1, 0 },
	{ "Calorie", 4.184, 1, 0 },
	{ "Kilocalorie", 4184, 1, 0 },
	{ "Megacalorie", 4184000, 1, 0 },
	{ "ElectronVolt", 1.602176634e-19, 1, 0 },
	{ "KiloelectronVolt", 1.602176634e-16, 1, 0 },
	{ "MegaelectronVolt", 1.6021766339999998e-13, 1, 0 },
	{ "GigaelectronVolt", 1.6021766339999998e-10, 1, 0 },
	{ "TeraelectronVolt", 1.602176634e-07, 1, 0 },
	{ "WattHour", 3600, 1, 0 },
	{ "KilowattHour", 3600000, 1, 0 },
	{ "MegawattHour", 3600000000, 1, 0 },
	{ "GigawattHour", 3600000000000, 1, 0 },
	{ "TerawattHour", 3600000000000000.0, 1, 0 },
	{ "WattDay", 86400, 1, 0 },
	{ "KilowattDay", 86400000, 1, 0 },
	{ "MegawattDay", 86400000000, 1, 0 },
	{ "GigawattDay", 86400000000000, 1, 0 },
	{ "TerawattDay", 8.64e+16, 1, 0 },
	{ "Erg", 1, 10000000, 0 },
	{ "FootPound", 1.3558179483314003, 1, 0 },
	{ "HorsepowerHour", 2684519.537696173, 1, 0 },
	{ "ThermEc", 105505585.262, 1, 0 },
	{ "ThermImperial", 105505585.257, 1, 0 },
	{ "ThermUs", 105480400, 1, 0 },
	{ "DecathermEc", 1055055852.62, 1, 0 },
	{ "DecathermImperial", 1055055852.57, 1, 0 },
	{ "DecathermUs", 1054804000, 1, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit angle[] = {
	{ "Tilt", 0, 0, 0 },
	{ "Degree", 1, 1, 0 },
	{ "Millidegree", 1, 1000, 0 },
	{ "Microdegree", 1, 1000000, 0 },
	{ "Nanodegree", 1, 1000000000, 0 },
	{ "Radian", 180, 3.141592653589793, 0 },
	{ "Deciradian", 180, 31.41592653589793, 0 },
	{ "Centiradian", 180, 314.1592653589793, 0 },
	{ "Milliradian", 180, 3141.592653589793, 0 },
	{ "Microradian", 180, 3141592.653589793, 0 },
	{ "Nanoradian", 180, 3141592653.589793, 0 },
	{ "Arcminute", 1, 60, 0 },
	{ "Arcsecond", 1, 3600, 0 },
	{ "Gradian", 9, 10, 0 },
	{ "NatoMil", 9, 160, 0 },
	{ "Revolution", 360, 1, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit volume[] = {
	{ "CubicMeter", 1, 1, 0 },
	{ "AcreFoot", 1, 0.000810714, 0 },
	{ "AuTablespoon", 2e-05, 1, 0 },
	{ "BoardFoot", 0.028316846592, 12, 0 },
	{ "CubicCentimeter", 1, 1000000, 0 },
	{ "CubicDecimeter", 1, 1000, 0 },
	{ "CubicFoot", 0.028316846592, 1, 0 },
	{ "CubicHectometer", 1000000, 1, 0 },
	{ "CubicInch", 1.6387064e-05, 1, 0 },
	{ "CubicKilometer", 1000000000, 1, 0 },
	{ "CubicMicrometer", 1, 1e+18, 0 },
	{ "CubicMile", 4168181825.4405794, 1, 0 },
	{ "CubicMillimeter", 1, 1000000000, 0 },
	{ "CubicYard", 0.764554857984, 1, 0 },
	{ "Liter", 1, 1000, 0 },
	{ "Decaliter", 1, 100, 0 },
	{ "Deciliter", 1, 10000, 0 },
	{ "Centiliter", 1, 100000, 0 },
	{ "Hectoliter", 1, 10, 0 },
	{ "Kiloliter", 1, 1, 0 },
	{ "Megaliter", 1000, 1, 0 },
	{ "Microliter", 1, 1000000000, 0 },
	{ "Milliliter", 1, 1000000, 0 },
	{ "UsGallon", 0.003785411784, 1, 0 },
	{ "DecausGallon", 0.03785411784, 1, 0 },
	{ "DeciusGallon", 0.003785411784, 10, 0 },
	{ "HectousGallon", 0.3785411784, 1, 0 },
	{ "KilousGallon", 3.7854117840000003, 1, 0 },
	{ "MegausGallon", 3785.4117840000004, 1, 0 },
	{ "HectocubicFoot", 2.8316846592, 1, 0 },
	{ "HectocubicMeter", 100, 1, 0 },
	{ "KilocubicFoot", 28.316846592, 1, 0 },
	{ "KilocubicMeter", 1000, 1, 0 },
	{ "MegacubicFoot", 28316.846592, 1, 0 },
	{ "ImperialBeerBarrel", 0.16365924, 1, 0 },
	{ "ImperialGallon", 0.00454609, 1, 0 },
	{ "KiloimperialGallon", 4.54609, 1, 0 },
	{ "MegaimperialGallon", 4546.09, 1, 0 },
	{ "ImperialOunce", 0.00454609, 160, 0 },
	{ "ImperialPint", 0.00454609, 8, 0 },
	{ "MetricCup", 1, 4000, 0 },
	{ "MetricTeaspoon", 5e-06, 1, 0 },
	{ "OilBarrel", 0.158987294928, 1, 0 },
	{ "UkTablespoon", 1.5e-05, 1, 0 },
	{ "UsBeerBarrel", 0.117347765304, 1, 0 },
	{ "UsCustomaryCup", 0.003785411784, 16, 0 },
	{ "UsLegalCup", 0.00024, 1, 0 },
	{ "UsOunce", 0.003785411784, 128, 0 },
	{ "UsPint", 0.003785411784, 8, 0 },
	{ "UsQuart", 0.003785411784, 4, 0 },
	{ "UsTablespoon", 0.003785411784, 256, 0 },
	{ "UsTeaspoon", 0.003785411784, 768, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit speed[] = {
	{ "MeterPerSecond", 1, 1, 0 },
	{ "MeterPerMinute", 1, 60, 0 },
	{ "MeterPerHour", 1, 3600, 0 },
	{ "CentimeterPerSecond", 1, 100, 0 },
	{ "CentimeterPerMinute", 1, 6000, 0 },
	{ "CentimeterPerHour", 1, 360000, 0 },
	{ "FootPerSecond", 0.3048, 1, 0 },
	{ "FootPerMinute", 0.3048, 60, 0 },
	{ "FootPerHour", 0.3048, 3600, 0 },
	{ "InchPerSecond", 0.0254, 1, 0 },
	{ "InchPerMinute", 0.0254, 60, 0 },
	{ "InchPerHour", 0.0254, 3600, 0 },
	{ "KilometerPerSecond", 1000, 1, 0 },
	{ "KilometerPerMinute", 1000, 60, 0 },
	{ "KilometerPerHour", 1000, 3600, 0 },
	{ "MillimeterPerSecond", 1, 1000, 0 },
	{ "MillimeterPerMinute", 1, 60000, 0 },
	{ "MillimeterPerHour", 1, 3600000, 0 },
	{ "UsSurveyFootPerSecond", 1200, 3937, 0 },
	{ "UsSurveyFootPerMinute", 1200, 236220, 0 },
	{ "UsSurveyFootPerHour", 1200, 14173200, 0 },
	{ "YardPerSecond", 0.9144, 1, 0 },
	{ "YardPerMinute", 0.9144, 60, 0 },
	{ "YardPerHour", 0.9144, 3600, 0 },
	{ "DecimeterPerSecond", 1, 10, 0 },
	{ "DecimeterPerMinute", 1, 600, 0 },
	{ "MicrometerPerSecond", 1, 1000000, 0 },
	{ "MicrometerPerMinute", 1, 60000000, 0 },
	{ "NanometerPerSecond", 1, 1000000000, 0 },
	{ "NanometerPerMinute", 1, 60000000000, 0 },
	{ "Knot", 1852, 3600, 0 },
	{ "MilePerHour", 1609.344, 3600, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit force[] = {
	{ "Newton", 1, 1, 0 },
	{ "Kilonewton", 1000, 1, 0 },
	{ "Meganewton", 1000000, 1, 0 },
	{ "Decanewton", 10, 1, 0 },
	{ "Millinewton", 1, 1000, 0 },
	{ "Micronewton", 1, 1000000, 0 },
	{ "Dyn", 1, 100000, 0 },
	{ "KilogramForce", 9.80665, 1, 0 },
	{ "KiloPond", 9.80665, 1, 0 },
	{ "KilopoundForce", 4448.2216152605, 1, 0 },
	{ "OunceForce", 4.4482216152605, 16, 0 },
	{ "Poundal", 0.138254954376, 1, 0 },
	{ "PoundForce", 4.4482216152605, 1, 0 },
	{ "ShortTonForce", 8896.443230521, 1, 0 },
	{ "TonneForce", 9806.65, 1, 0 },
	{ NULL, 0, 0, 0 },
};

/* Kelvins: what a degree is, and where the scale begins. */
static const struct unit temperature[] = {
	{ "Kelvin", 1, 1, 0 },
	{ "DegreeCelsius", 1, 1, 273.15 },
	{ "MillidegreeCelsius", 1, 1000, 273.15 },
	{ "DegreeDelisle", -2, 3, 373.15 },
	{ "DegreeFahrenheit", 5, 9, 459.67 * 5 / 9 },
	{ "DegreeNewton", 100, 33, 273.15 },
	{ "DegreeRankine", 5, 9, 0 },
	{ "DegreeReaumur", 5, 4, 273.15 },
	{ "DegreeRoemer", 40, 21, 273.15 - 7.5 * 40 / 21 },
	{ "SolarTemperature", 5778, 1, 0 },
	{ NULL, 0, 0, 0 },
};

static const struct unit *
find_unit(const struct unit *u, sqlite3_value *v)
{
	size_t n;
	const char *name = fn_str(v, &n);

	for (; u->name != NULL; u++)
		if (strlen(u->name) == n && memcmp(u->name, name, n) == 0)
			return u;
	return NULL;
}

static double
to_base(const struct unit *u, double x)
{
	if (u->numerator == 0)
		return asin(x) * 180 / M_PI;
	return x * u->numerator / u->denominator + u->zero;
}

/* (value, from, to); a unit that is none gives null. */
static void
convert(sqlite3_context *c, int nargs, sqlite3_value **v)
{
	const struct unit *units = fn_self(c)->detail;
	struct fn_number x = fn_number(v[0]);
	const struct unit *from, *to;
	double base;

	if (fn_any_null(nargs, v) || (from = find_unit(units, v[1])) == NULL ||
	    (to = find_unit(units, v[2])) == NULL)
		return;
	if (from == to) {
		fn_real(c, x.d);
		return;
	}
	base = to_base(from, x.d);
	if (to->numerator == 0)
		fn_real(c, sin(base * M_PI / 180));
	else
		fn_real(c, (base - to->zero) * to->denominator / to->numerator);
}

const struct fn fn_units[] = {
	{ "kql_convert_length", 3, convert, 0, length },
	{ "kql_convert_mass", 3, convert, 0, mass },
	{ "kql_convert_energy", 3, convert, 0, energy },
	{ "kql_convert_angle", 3, convert, 0, angle },
	{ "kql_convert_volume", 3, convert, 0, volume },
	{ "kql_convert_speed", 3, convert, 0, speed },
	{ "kql_convert_force", 3, convert, 0, force },
	{ "kql_convert_temperature", 3, convert, 0, temperature },
	{ NULL, 0, NULL, 0, NULL },
};
